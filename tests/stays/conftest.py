"""A visitor without scripts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from asm.db.session import make_engine
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from asm.stays.intake.group_commit import LIMITS
from tests.conftest import Database
from tests.stays.evening import Evening
from tests.web.visitor import Visitor


@pytest.fixture
def visitor(client: httpx.AsyncClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
async def evening(database: Database, vault_keys: Keys, cast: Cast) -> AsyncIterator[Evening]:
    """The writer has not begun: what is sent gathers until a test lets it write."""
    engine = make_engine(database.api_url, name="asm-test-write", limits=LIMITS)
    opened = Evening(engine, vault_keys, cast)
    await opened.come_in()
    yield opened
    await opened.commits.close()
    await engine.dispose()
