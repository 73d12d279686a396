"""Who works at the desk."""

import pytest

from asm.demo.cast import Cast
from tests.web.visitor import Visitor


@pytest.fixture
async def lan(visitor: Visitor, cast: Cast) -> Visitor:
    """The receptionist, signed in."""
    await visitor.sign_in(cast, "lan")
    return visitor


@pytest.fixture
def address(cast: Cast) -> str:
    """Where spreadsheets are handed in."""
    return f"/desk/{cast.hoa_sen}/import"
