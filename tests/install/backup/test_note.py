"""Who hears how old the last whole backup is: all who watch, and nobody of one elsewhere."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from asm.demo.cast import Cast
from asm.install.backup import look
from asm.settings import Settings
from tests.cli.commands_given import elsewhere
from tests.install.backup.conftest import BACKUP, Asm, HalfWay, Process
from tests.install.doctor.patient import examined, messages_of
from tests.live_app import application, started
from tests.web.visitor import Visitor

ADMIN = "ASM_ADMIN_DATABASE_URL"
PASSWORD = "sao-luu-hang-dem-2026"


async def said(settings: Settings, **variables: str) -> dict[str, str]:
    """What `asm doctor` finds."""
    only = ("--only", "database")
    _, document = await asyncio.to_thread(examined, settings, *only, **variables)
    return messages_of(document, "database.backup")


def change(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def real(settings: Settings) -> Settings:
    """Where somebody works, and it is not the demo."""
    change(settings, "UPDATE installation SET kind = 'real'")
    return settings


@pytest.fixture
def login(real: Settings) -> Iterator[Settings]:
    """A login for backups as the page says, without the right to leave a note."""
    name = "asm_test_backup"
    change(real, f"CREATE ROLE {name} LOGIN BYPASSRLS PASSWORD '{PASSWORD}'")
    change(real, f"GRANT pg_read_all_data TO {name}")
    change(real, f'GRANT CONNECT ON DATABASE "{_database(real)}" TO {name}')
    yield elsewhere(real, user=name, password=PASSWORD)
    change(real, f"DROP OWNED BY {name}")
    change(real, f"DROP ROLE {name}")


def rows(settings: Settings, table: str) -> int:
    with psycopg.connect(settings.admin_database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row
    count: int = row[0]
    return count


def noted(settings: Settings) -> datetime:
    with psycopg.connect(settings.admin_database_url) as connection:
        row = connection.execute("SELECT taken_at FROM last_backup").fetchone()
    assert row
    moment: datetime = row[0]
    return moment


def _database(settings: Settings) -> str:
    return settings.admin_database_url.rpartition("/")[2]


async def watched(client: httpx.AsyncClient, cast: Cast) -> tuple[dict[str, Any], str, bool]:
    """What /health/all, the figures and the administrator's page say."""
    health = await client.get("/health/all")
    figures = (await client.get("/metrics")).text
    age = figures.partition("\nasm_backup_age_seconds ")[2].partition("\n")[0]
    visitor = Visitor(client)
    await visitor.sign_in(cast, "admin")
    await visitor.open("/operator")
    return health.json()["checks"]["backup"], age, 'data-step="backup"' in visitor.html


async def test_its_age_is_said_everywhere(
    client: httpx.AsyncClient, cast: Cast, asm: Asm, real: Settings, tmp_path: Path
) -> None:
    assert "asm backup" in (await said(real))["none"]
    health, age, to_do = await watched(client, cast)
    assert (health, age, to_do) == ({"ok": False, "detail": "none"}, "NaN", True)
    assert (await client.get("/health/all")).status_code == 503
    status, written = asm("backup", tmp_path / "backup")
    assert (status, written["noted"]) == (0, True), written
    assert await said(real) == {}
    health, age, to_do = await watched(client, cast)
    assert (health["ok"], to_do) == (True, False)
    assert health["age_s"] >= 0
    assert float(age) >= 0
    change(real, "UPDATE last_backup SET taken_at = taken_at - interval '27 hours'")
    assert "27 hours" in (await said(real))["old"]
    health, age, to_do = await watched(client, cast)
    assert (health["ok"], health["detail"], to_do) == (False, "old", True)
    assert float(age) > 26 * 3600
    assert await said(real, ASM_BACKUP_WATCHED="0") == {}


async def test_nobody_is_alarmed_where_none_is_needed(
    client: httpx.AsyncClient, cast: Cast, settings: Settings
) -> None:
    """In the demo, and where backups are made in another way."""
    assert await said(settings) == {}
    assert (await watched(client, cast))[::2] == ({"ok": True}, False)
    async with started(application(replace(settings, backup_watched=False))) as running:
        change(settings, "UPDATE installation SET kind = 'real'")
        transport = httpx.ASGITransport(app=running)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as other:
            assert (await watched(other, cast))[::2] == ({"ok": True}, False)


async def test_what_comes_back_elsewhere_has_no_backup_there(
    asm: Asm, real: Settings, fresh: Settings, tmp_path: Path
) -> None:
    for name in ("first", "second"):  # the second one holds the note of the first
        status, written = asm("backup", tmp_path / name, "--keys", tmp_path / f"{name}-keys")
        assert (status, written["noted"]) == (0, True), written
    status, restored = asm(
        "restore", tmp_path / "second", "--keys", tmp_path / "second-keys", at=fresh
    )
    assert status == 0, restored
    assert restored["rows"] == written["rows"]
    assert set(await said(fresh)) == {"none"}


def test_a_login_for_backups_needs_the_right_and_the_backup_is_whole_without(
    asm: Asm, real: Settings, login: Settings, tmp_path: Path
) -> None:
    at_login = {BACKUP: login.admin_database_url, ADMIN: ""}
    status, written = asm("backup", tmp_path / "unnoted", **at_login)
    assert (status, written["ok"], written["noted"]) == (0, True, False), written
    assert "GRANT INSERT, UPDATE ON last_backup" in written["message_en"]
    change(real, "GRANT INSERT, UPDATE ON last_backup TO asm_test_backup")
    status, written = asm("backup", tmp_path / "noted", **at_login)
    assert (status, written["noted"]) == (0, True), written
    _, document = examined(real, "--only", "database")
    assert messages_of(document, "database.rights") == {}


async def test_an_older_one_that_ends_later_writes_over_no_newer(
    asm_process: Process, real: Settings, half_way: HalfWay, tmp_path: Path
) -> None:
    slow = asyncio.create_task(
        asm_process("backup", tmp_path / "slow", ASM_PG_BINDIR=str(half_way.folder))
    )
    await half_way.reached(slow)
    status, newer = await asm_process("backup", tmp_path / "newer")
    assert (status, newer["noted"]) == (0, True), newer
    half_way.go_on()
    status, older = await slow
    assert (status, older["noted"]) == (0, True), older
    assert older["taken_at"] < newer["taken_at"]
    assert noted(real) == datetime.fromisoformat(newer["taken_at"])
    # Of a clock that was set back since.
    change(real, "UPDATE last_backup SET taken_at = clock_timestamp() + interval '1 day'")
    status, newest = await asm_process("backup", tmp_path / "newest")
    assert status == 0, newest
    assert noted(real) == datetime.fromisoformat(newest["taken_at"])


def test_a_note_that_somebody_holds_is_not_waited_for_for_ever(
    asm: Asm, real: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LOCK_WAIT_MS", 200)
    with psycopg.connect(real.admin_database_url) as other:
        other.execute("LOCK TABLE last_backup IN EXCLUSIVE MODE")
        status, written = asm("backup", tmp_path / "backup")
    assert (status, written["ok"], written["noted"]) == (0, True, False), written


HUNG = {
    "trigger": (
        "CREATE TRIGGER hung BEFORE INSERT ON last_backup FOR EACH ROW EXECUTE FUNCTION trap()",
        "DROP TRIGGER hung ON last_backup",
    ),
    "rule": (
        "CREATE RULE hung AS ON INSERT TO last_backup DO ALSO SELECT trapped()",
        "DROP RULE hung ON last_backup",
    ),
    "check": (
        "ALTER TABLE last_backup ADD CONSTRAINT hung CHECK (trapped())",
        "ALTER TABLE last_backup DROP CONSTRAINT hung",
    ),
    "default": (
        "ALTER TABLE last_backup ALTER only_row SET DEFAULT trapped()",
        "ALTER TABLE last_backup ALTER only_row SET DEFAULT true",
    ),
    "index": (
        "CREATE INDEX hung ON last_backup (unchanging(bytes))",
        "DROP INDEX hung",
    ),
    "type": (
        "CREATE DOMAIN hung AS boolean CHECK (trapped());ALTER TABLE last_backup ADD more hung",
        "ALTER TABLE last_backup DROP more; DROP DOMAIN hung",
    ),
}
TRAP = """
CREATE TABLE caught (by_whom text);
GRANT ALL ON caught TO PUBLIC;
CREATE FUNCTION trapped() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END $$;
CREATE FUNCTION unchanging(bigint) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN RETURN public.trapped(); END $$;
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM public.trapped(); RETURN NEW; END $$
"""


def test_a_superuser_runs_nothing_that_hangs_on_the_note(
    asm: Asm, real: Settings, tmp_path: Path
) -> None:
    """The administrator's address is a superuser's where docker compose made the server."""
    change(real, TRAP)
    for what, (hang, take_off) in HUNG.items():
        change(real, hang)
        change(real, "TRUNCATE caught")
        status, written = asm("backup", tmp_path / what)
        assert (status, written["ok"], written["noted"]) == (0, True, False), what
        assert "trigger" in written["message"]
        assert rows(real, "caught") == 0, what
        change(real, take_off)
    status, written = asm("backup", tmp_path / "bare")
    assert (status, written["noted"]) == (0, True), written
    # The control: whoever writes to it runs what hangs there.
    change(real, HUNG["trigger"][0])
    change(real, "INSERT INTO last_backup SELECT * FROM last_backup ON CONFLICT DO NOTHING")
    assert rows(real, "caught") == 1


def test_the_superuser_leaves_no_note(asm: Asm, real: Settings, tmp_path: Path) -> None:
    """What an owner of tables hung on this one would run with the superuser's rights."""
    status, written = asm("backup", tmp_path / "backup", **{ADMIN: ""})
    assert (status, written["noted"]) == (0, False), written
