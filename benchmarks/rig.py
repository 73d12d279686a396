"""The servers of one benchmark: a private cluster with the settings that ship, Redis, a crowd.

All of it lies in a folder of its own, on free ports, and is removed at the end.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec
import psycopg

from asm.db.migrate import migrate
from asm.db.session import make_engine, one_transaction
from asm.demo.cast import seed_cast
from asm.errors import ConfigurationError
from asm.geo.areas.fill_areas import seed_areas
from asm.identity.vault.keys import create_keys
from asm.install.belonging.installation import note_installation
from asm.notify.install_rules import install_rules
from load_tests.crowd import CrowdAccount, make_crowd
from local.machine import processes
from local.machine.interrupts import stop_on_signals
from local.machine.os_user import service_user
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.postgres.cluster import PrivateCluster, stop_server
from local.postgres.data_folder import provide_data_folder
from local.postgres.installation import find_installation
from local.valkey import launch_valkey, valkey_url, wait_for_valkey

DATABASE = "asm"
HOUSES = 200


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Addresses of what runs. `hosts` are the houses that declare, each with a token."""

    folder: Path
    cluster: PrivateCluster
    postgres: Started
    redis_url: str
    password: str
    hosts: Sequence[CrowdAccount]

    @property
    def admin_url(self) -> str:
        return self.cluster.admin_url(DATABASE)

    def environment(self, port: int, database: str = DATABASE) -> Mapping[str, str]:
        """What a process of the product is told."""
        login = self.cluster.url
        return {
            **os.environ,
            "ASM_DATABASE_URL": login("asm_api", self.password, database),
            "ASM_WORKER_DATABASE_URL": login("asm_worker", self.password, database),
            "ASM_REDIS_URL": self.redis_url,
            "ASM_SECRETS_DIR": str(self.folder / "secrets"),
            "ASM_DATA_DIR": str(self.folder),
            "ASM_HOST": "127.0.0.1",
            "ASM_PORT": str(port),
        }

    def query(self, sql: str) -> str:
        return self.cluster.query(sql, dbname=DATABASE)

    def checkpoint(self) -> None:
        """Before each measurement, so that none pays for what the one before it wrote."""
        self.cluster.query("CHECKPOINT")


class _Secrets(msgspec.Struct, frozen=True):
    """What a folder that is kept needs to be opened once more."""

    cluster: str
    logins: str
    houses: int


@contextlib.contextmanager
def running_rig(
    *,
    houses: int = HOUSES,
    settings: Mapping[str, str] = MappingProxyType({}),
    kept: Path | None = None,
) -> Iterator[Rig]:
    """Start, migrate and fill; stop and remove. `settings` replaces some of PostgreSQL's. All that
    lies in `kept` stays there for the next run, which fills nothing again.
    """
    root = kept or Path(tempfile.mkdtemp(prefix="asm-bench-"))
    root.mkdir(exist_ok=True)
    root.chmod(0o755)
    note = root / "rig.json"
    fresh = _Secrets(secrets.token_urlsafe(24), secrets.token_urlsafe(24), houses)
    known = msgspec.json.decode(note.read_bytes(), type=_Secrets) if note.exists() else fresh
    try:
        with (
            stop_on_signals(),
            _servers(root, settings, known.cluster) as (cluster, postgres, redis_url),
        ):
            password = known.logins
            if not note.exists():
                cluster.create_database(DATABASE)
                create_keys(root / "secrets")
            migrate(
                cluster.admin_url(DATABASE),
                fill=install_rules,
                passwords={"asm_api": password, "asm_worker": password},
            )
            if not note.exists():
                asyncio.run(_fill(cluster.admin_url(DATABASE)))
            accounts = make_crowd(
                cluster.admin_url(DATABASE),
                {"receptionist": known.houses},
                wards=min(known.houses, 50),
                token_of=password,
            )
            _remember(note, known)
            yield Rig(
                folder=root,
                cluster=cluster,
                postgres=postgres,
                redis_url=redis_url,
                password=password,
                hosts=[account for account in accounts if account.facility_id],
            )
    finally:
        if kept is None:
            shutil.rmtree(root, ignore_errors=True)


def _remember(note: Path, known: _Secrets) -> None:
    note.touch(mode=0o600)
    note.write_bytes(msgspec.json.encode(known))


@contextlib.contextmanager
def _servers(
    root: Path, settings: Mapping[str, str], own_password: str
) -> Iterator[tuple[PrivateCluster, Started, str]]:
    installation = find_installation()
    if installation is None:
        raise ConfigurationError("no PostgreSQL with PostGIS: `make test` installs it")
    owner = service_user()
    cluster = PrivateCluster(
        installation=installation,
        folder=provide_data_folder(root / "postgres", owner),
        port=any_free_port(),
        password=own_password,
        log=root / "postgres.log",
        owner=owner,
        overrides=settings,
    )
    cluster.create(sync=False)
    port, password, log = any_free_port(), secrets.token_urlsafe(24), root / "valkey.log"
    with contextlib.ExitStack() as stack:
        postgres = cluster.launch()
        stack.callback(stop_server, postgres)
        valkey = launch_valkey(port, password, log=log)
        stack.callback(processes.stop, valkey)
        cluster.wait_until_ready(postgres)
        wait_for_valkey(valkey, port, password, log=log)
        yield cluster, postgres, valkey_url(port, password)


async def _fill(url: str) -> None:
    engine = make_engine(url, name="asm-bench-fill")
    await note_installation(engine, "demo")
    async with one_transaction(engine) as session:
        await seed_areas(session)
    async with one_transaction(engine) as session:
        await seed_cast(session)
    await engine.dispose()


def wal_bytes(dsn: str) -> int:
    """Bytes of write-ahead log since the cluster was made."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    return int(row[0]) if row else 0
