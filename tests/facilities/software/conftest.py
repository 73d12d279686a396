"""The owner of a facility at the page of its software."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from tests.accounts.throttling.doors import HOTEL, coming_from
from tests.facilities.software.makers import Maker


@pytest.fixture
async def owner(app: Litestar, cast: Cast) -> AsyncIterator[Maker]:
    """Lan at the page of her hotel's software."""
    async with coming_from(app, HOTEL) as browser:
        maker = Maker(browser, cast, cast.hoa_sen)
        await maker.sign_in()
        yield maker
