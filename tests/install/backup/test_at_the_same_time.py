"""A backup while others change tables or hold them: it waits a minute, and says for what."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from asm.install.backup import look
from asm.settings import Settings
from tests.install.backup.conftest import Asm, Process

WAITING = """SELECT count(*) > 0 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE NOT l.granted AND a.application_name = 'asm-backup' AND a.datname = current_database()"""


@pytest.fixture
def other(settings: Settings) -> Iterator[psycopg.Connection]:
    """A migration, or whoever else has a transaction open."""
    with psycopg.connect(settings.admin_database_url) as connection:
        yield connection
        connection.rollback()


def wait_for_the_backup(settings: Settings, task: asyncio.Task[Any]) -> None:
    until = time.monotonic() + 60
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        while connection.execute(WAITING).fetchone() != (True,):
            assert not task.done(), task.result()
            assert time.monotonic() < until
            time.sleep(0.02)


def contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def wants_what_the_backup_has(other: psycopg.Connection) -> None:
    other.execute("LOCK TABLE public.account IN ACCESS EXCLUSIVE MODE")


def ends_with_one_table_less(other: psycopg.Connection) -> None:
    other.execute("DROP TABLE vault.zone")
    other.commit()


@pytest.mark.parametrize("goes_on", [wants_what_the_backup_has, ends_with_one_table_less])
async def test_a_migration_at_the_same_time(
    goes_on: Callable[[psycopg.Connection], None],
    asm_process: Process,
    settings: Settings,
    other: psycopg.Connection,
    tmp_path: Path,
) -> None:
    other.execute("CREATE TABLE vault.zone (id int)")
    other.commit()
    # Of two that wait for each other this one waits on: PostgreSQL ends the backup.
    other.execute("SET LOCAL deadlock_timeout = '1h'")
    other.execute("LOCK TABLE vault.zone IN ACCESS EXCLUSIVE MODE")
    backup = asyncio.create_task(asm_process("backup", tmp_path / "backup"))
    await asyncio.to_thread(wait_for_the_backup, settings, backup)
    await asyncio.to_thread(goes_on, other)
    status, said = await backup
    assert (status, said["code"]) == (2, "backup_tables_held"), said
    assert "asm migrate" in said["message"]
    assert contents(tmp_path) == []


def test_a_table_that_somebody_goes_on_holding(
    asm: Asm, other: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is heard of; what waits for ever is not."""
    monkeypatch.setattr(look, "LOCK_WAIT_MS", 200)
    other.execute("LOCK TABLE public.ward IN ACCESS EXCLUSIVE MODE")
    status, said = asm("backup", tmp_path / "backup")
    assert (status, said["code"]) == (2, "backup_tables_held"), said
    assert "idle in transaction" in said["message_en"]
    assert contents(tmp_path) == []
    other.rollback()
    status, written = asm("backup", tmp_path / "backup")
    assert status == 0, written
