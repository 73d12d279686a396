"""Two databases on one server share its roles: what runs in the first must go on."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.logins import other_databases
from asm.db.migrate import migrate
from asm.db.session import make_engine
from asm.errors import ConfigurationError, Conflict, Misconfigured
from asm.install.belonging.demo_guard import claim_for_demo
from asm.install.belonging.installation import note_installation, read_installation
from asm.notify.install_rules import install_rules
from local.database import require_trial_database
from local.layout import Layout
from local.postgres.cluster import PrivateCluster, stop_server
from tests.local.conftest import ClusterMaker

T = TypeVar("T")
FIRST = {"asm_api": "first-api-password", "asm_worker": "first-worker-password"}
OTHER = {"asm_api": "other-api-password", "asm_worker": "first-worker-password"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    """A server of these tests' own, with a real installation in `real`, and `second`, which is
    empty. Their owner is no superuser.
    """
    folder = Path(tempfile.mkdtemp(prefix="asm-test-"))
    folder.chmod(0o755)
    maker = ClusterMaker(folder)
    server_of_ours = maker.make(fsync="off")
    server = maker.start(server_of_ours)
    server_of_ours.query("CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner-password'")
    for name in ("real", "second"):
        server_of_ours.query(f"CREATE DATABASE {name} OWNER owner")
        server_of_ours.query("CREATE EXTENSION postgis", dbname=name)
    migrate(owners(server_of_ours, "real"), fill=install_rules, passwords=FIRST)
    yield server_of_ours
    stop_server(server)
    shutil.rmtree(folder)


def owners(cluster: PrivateCluster, dbname: str) -> str:
    return cluster.url("owner", "owner-password", dbname)


def signs_in(cluster: PrivateCluster, role: str, password: str) -> bool:
    try:
        psycopg.connect(cluster.url(role, password, "real")).close()
    except psycopg.OperationalError:
        return False
    return True


def test_no_password_is_in_a_statement(cluster: PrivateCluster) -> None:
    """The server's log keeps those that fail, and all where somebody wants them."""
    cluster.query("ALTER DATABASE real SET log_statement = 'all'")
    before = cluster.log.stat().st_size
    url = owners(cluster, "real")
    migrate(url, fill=install_rules, passwords=FIRST, new_passwords=True)
    cluster.query("ALTER DATABASE real RESET log_statement")
    logged = cluster.log.read_bytes()[before:].decode()
    assert 'ALTER ROLE "asm_api" LOGIN' in logged
    for role, password in FIRST.items():
        assert password not in logged
        assert signs_in(cluster, role, password)


def tables(cluster: PrivateCluster, dbname: str) -> int:
    return int(
        cluster.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'vault'", dbname=dbname)
    )


def done(url: str, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """What `work` returns, with an engine of that address."""

    async def with_engine() -> T:
        engine = make_engine(url, pool_size=1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(with_engine())


def claim(url: str, into: str) -> str | None:
    """What the database is noted as afterwards."""

    async def work(engine: AsyncEngine) -> str | None:
        await claim_for_demo(engine, into)
        noted = await read_installation(engine)
        return noted.kind if noted else None

    return done(url, work)


def test_a_second_installation_does_not_take_the_firsts_logins(cluster: PrivateCluster) -> None:
    second = owners(cluster, "second")
    with pytest.raises(Conflict) as refused:
        migrate(second, fill=install_rules, passwords=OTHER)
    assert refused.value.code == "login_has_other_password"
    assert "asm_api" in refused.value.message
    assert "asm_worker" not in refused.value.message
    assert "ASM_API_DB_PASSWORD" in refused.value.message_en
    assert "--new-passwords" in refused.value.message_en
    assert tables(cluster, "second") == 0, "nothing was changed"
    assert all(signs_in(cluster, *login) for login in FIRST.items())
    # A superuser sees whether there is a password at all; it makes no difference to this.
    with pytest.raises(Conflict):
        migrate(cluster.admin_url("second"), fill=install_rules, passwords=OTHER)
    with pytest.raises(ConfigurationError, match="ASM_DEMO_INTO=second"):
        require_trial_database(Layout(cluster.folder), second, with_demo=True)

    migrate(second, fill=install_rules, passwords=FIRST)
    assert "real" in done(second, other_databases)
    assert all(signs_in(cluster, *login) for login in FIRST.items())


def test_a_new_password_takes_a_word(cluster: PrivateCluster) -> None:
    real = owners(cluster, "real")
    cluster.query("ALTER DATABASE real SET log_statement = 'ddl'")
    migrate(real, fill=install_rules, passwords=OTHER, new_passwords=True)
    cluster.query("ALTER DATABASE real RESET log_statement")
    logged = cluster.log.read_text("utf-8")
    assert 'ALTER ROLE "asm_api" LOGIN PASSWORD \'SCRAM-SHA-256$' in logged
    assert OTHER["asm_api"] not in logged
    assert signs_in(cluster, "asm_api", OTHER["asm_api"])
    assert not signs_in(cluster, "asm_api", FIRST["asm_api"])
    cluster.query("ALTER ROLE asm_api NOLOGIN")
    migrate(real, fill=install_rules, passwords=FIRST)  # nobody signs in by the other one
    assert signs_in(cluster, "asm_api", FIRST["asm_api"])


def test_an_empty_database_is_the_demos_by_its_name_alone(cluster: PrivateCluster) -> None:
    cluster.query("CREATE DATABASE third OWNER owner")
    cluster.query("CREATE EXTENSION postgis", dbname="third")
    third = owners(cluster, "third")
    migrate(third, fill=install_rules)
    for word in ("", "yes", "real"):
        with pytest.raises(Misconfigured, match="ASM_DEMO_INTO=third"):
            claim(third, word)
    # Facilities without an account: a part of a backup. Their owner does not see them.
    cluster.query(
        "SET session_replication_role = replica; "
        "INSERT INTO facility (id, kind, name, folded_name, address_text, ward_code, point, "
        "registered_by) SELECT gen_random_uuid(), 'hotel', 'Mẫu', 'mau', 'x', '00070', "
        "ST_SetSRID(ST_Point(105, 21), 4326), gen_random_uuid()",
        dbname="third",
    )
    with pytest.raises(Misconfigured, match="holds what the demo did not make"):
        claim(third, "third")
    cluster.query("DELETE FROM facility", dbname="third")
    assert claim(third, "third") == "demo"
    assert claim(third, "") == "demo", "from then on it is its own"


def test_a_database_of_another_program_is_not_empty(cluster: PrivateCluster) -> None:
    cluster.query("CREATE DATABASE books OWNER owner")
    cluster.query("CREATE TABLE book (title text)", dbname="books")
    with pytest.raises(ConfigurationError, match="holds what the demo did not make"):
        require_trial_database(Layout(cluster.folder), owners(cluster, "books"), with_demo=False)


def test_a_database_with_no_account_is_a_real_one_until_told(cluster: PrivateCluster) -> None:
    assert done(owners(cluster, "real"), note_installation).kind == "real"
