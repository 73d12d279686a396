"""The invented town in a database of its own, which the tests of a module only read."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_engine
from asm.demo.cast import Cast
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from tests.analytics.questions.town import live_the_twelve_nights
from tests.checks.desks import Desks
from tests.conftest import Database, database_of
from tests.databases import DatabaseStock
from tests.live_app import application, started
from tests.services import TestServices


@pytest.fixture(scope="module")
def town_database(services: TestServices, stock: DatabaseStock) -> Iterator[Database]:
    name = stock.take()
    yield database_of(services, name)
    stock.give_back(name)


@pytest.fixture(scope="module")
async def town(
    town_database: Database, secrets_dir: Path, template: Cast
) -> AsyncIterator[AsyncEngine]:
    """As the web process reads it, after the twelve nights."""
    admin, api, worker = (
        make_engine(url, pool_size=5, name="asm-test-town")
        for url in (town_database.admin_url, town_database.api_url, town_database.worker_url)
    )
    keys = await open_vault(secrets_dir, api).current()
    await live_the_twelve_nights(Desks(admin, keys, template), worker)
    await admin.dispose()
    await worker.dispose()
    yield api
    await api.dispose()


@pytest.fixture
async def town_client(
    town: AsyncEngine,
    town_database: Database,
    services: TestServices,
    secrets_dir: Path,
    tmp_path: Path,
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the town's application that nobody is signed in with."""
    settings = Settings(
        database_url=town_database.api_url,
        worker_database_url=town_database.worker_url,
        admin_database_url=town_database.admin_url,
        redis_url=services.redis_url,
        secrets_dir=secrets_dir,
        public_url="http://127.0.0.1",
        host="127.0.0.1",
        port=0,
        data_dir=tmp_path,
        log_json=True,
    )
    async with started(application(settings)) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
            yield opened
