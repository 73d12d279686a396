import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from tests.analytics.totals.kept import open_since
from tests.checks.desks import Desks


@pytest.fixture
async def desks(admin_engine: AsyncEngine, vault_keys: Keys, cast: Cast) -> Desks:
    await open_since(admin_engine)
    return Desks(admin_engine, vault_keys, cast)
