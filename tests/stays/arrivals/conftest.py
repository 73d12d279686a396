"""The desks of March 2026."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from tests.checks.desks import Desks


@pytest.fixture
def desks(api_engine: AsyncEngine, vault_keys: Keys, cast: Cast) -> Desks:
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)
