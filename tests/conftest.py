"""Real servers, a migrated database for every test, and the named cast."""

import asyncio
import gc
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import hypothesis
import psycopg
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts import passwords
from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions
from asm.demo.cast import Cast, seed_cast
from asm.geo.areas.fill_areas import seed_areas
from asm.identity.vault.keys import KeyFiles, Keys, create_keys, read_keys
from asm.install.belonging.installation import note_installation
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from tests.databases import DatabaseStock
from tests.hashing import RememberingHasher
from tests.live_app import application, started
from tests.serve import serve
from tests.services import TestServices, start_test_services

# An example may take long on a machine that others use: how long says nothing about the code.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

pytest_plugins = ["tests.demo.population.fixtures"]
TEMPLATE = "asm_template"
PASSWORDS = {"asm_api": "test-api-password", "asm_worker": "test-worker-password"}


@dataclass(frozen=True)
class Database:
    """One test's own database, with the address for each role."""

    name: str
    admin_url: str
    api_url: str
    worker_url: str


#: These start whole installations that choose their own ports: one at a time.
ONE_AT_A_TIME = ("tests/local/", "tests/demo/smoke/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(ONE_AT_A_TIME):
            item.add_marker(pytest.mark.xdist_group("installation"))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is loaded stays: neither while it grows nor later is it looked through for cycles again
    and again. For one test alone a look would take longer than it saves.
    """
    gc.disable()
    try:
        outcome = yield
    finally:
        gc.enable()
    if len(session.items) > 1:
        gc.collect()
        gc.freeze()
    return outcome


@pytest.fixture(scope="session", autouse=True)
def hashes() -> Iterator[None]:
    """What was hashed once is not hashed again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "HASHER", RememberingHasher(passwords.HASHER))
        yield


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServices]:
    started = start_test_services(tmp_path_factory.mktemp("services"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    create_keys(folder)
    return folder


@pytest.fixture(scope="session")
def keys(secrets_dir: Path) -> KeyFiles:
    return read_keys(secrets_dir)


def _admin(services: TestServices, statement: str) -> None:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def template(services: TestServices, secrets_dir: Path) -> Cast:
    """A migrated database with areas and the cast; every test gets a copy of it."""
    _admin(services, f"CREATE DATABASE {TEMPLATE}")
    url = services.admin_url(TEMPLATE)
    migrate(url, fill=install_rules, passwords=PASSWORDS)

    async def fill() -> Cast:
        engine = make_engine(url, name="asm-test-seed")
        await note_installation(engine, "demo")
        async with make_sessions(engine).begin() as session:
            await seed_areas(session)
        async with make_sessions(engine).begin() as session:
            cast = await seed_cast(session)
            # Nobody waits to be told that the cast's facilities were activated.
            await session.execute(text("DELETE FROM outbox"))
        await engine.dispose()
        return cast

    return asyncio.run(fill())


def _as_role(admin_url: str, role: str) -> str:
    address = admin_url.split("@", 1)[1]
    return f"postgresql://{role}:{PASSWORDS[role]}@{address}"


@pytest.fixture(scope="session")
def stock(services: TestServices, template: Cast) -> Iterator[DatabaseStock]:
    stocked = DatabaseStock(services.admin_url, TEMPLATE)
    yield stocked
    stocked.end()


@pytest.fixture
def database(services: TestServices, stock: DatabaseStock) -> Iterator[Database]:
    name = stock.take()
    yield database_of(services, name)
    stock.give_back(name)


def database_of(services: TestServices, name: str) -> Database:
    """The addresses of a copy of the template."""
    url = services.admin_url(name)
    return Database(
        name=name,
        admin_url=url,
        api_url=_as_role(url, "asm_api"),
        worker_url=_as_role(url, "asm_worker"),
    )


@pytest.fixture
def cast(template: Cast) -> Cast:
    """Lan, Hải, Bích, Minh and Thảo, the hotel's software and the administrator."""
    return template


@pytest.fixture
def settings(
    database: Database, services: TestServices, secrets_dir: Path, tmp_path: Path
) -> Settings:
    return Settings(
        database_url=database.api_url,
        worker_database_url=database.worker_url,
        admin_database_url=database.admin_url,
        redis_url=services.redis_url,
        secrets_dir=secrets_dir,
        public_url="http://127.0.0.1",
        host="127.0.0.1",
        port=0,
        data_dir=tmp_path,
        log_json=True,
    )


async def _engine(url: str, name: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(url, pool_size=5, name=name)
    yield engine
    await engine.dispose()


@pytest.fixture
async def admin_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    async for engine in _engine(database.admin_url, "asm-test-admin"):
        yield engine


@pytest.fixture
async def api_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    async for engine in _engine(database.api_url, "asm-test-api"):
        yield engine


@pytest.fixture
async def worker_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    async for engine in _engine(database.worker_url, "asm-test-worker"):
        yield engine


@pytest.fixture
async def vault_keys(secrets_dir: Path, api_engine: AsyncEngine) -> Keys:
    """The vault's keys as the api login has them."""
    return await open_vault(secrets_dir, api_engine).current()


@pytest.fixture
async def admin_session(admin_engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A superuser's session, rolled back at the end."""
    async with make_sessions(admin_engine)() as session:
        yield session


@pytest.fixture
async def db_session(api_engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session as the api role, rolled back at the end."""
    async with make_sessions(api_engine)() as session:
        yield session


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The application, started."""
    async with started(application(settings)) as running:
        yield running


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that nobody is signed in with."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def live_server(settings: Settings) -> Iterator[str]:
    """The address of the application served by uvicorn in a process of its own."""
    with serve(settings) as address:
        yield address
