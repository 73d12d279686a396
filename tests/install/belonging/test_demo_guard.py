"""The demo goes into its own database, or an empty one that is named for it, and nowhere else."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.errors import ConfigurationError
from asm.install.belonging.installation import note_installation, read_installation
from asm.install.belonging.key_marks import check_keys, note_keys
from asm.settings import Settings
from local.database import external_url, require_trial_database
from local.layout import Layout
from local.up import up
from tests.cli.commands_given import complaint
from tests.conftest import Database
from tests.install.belonging.conftest import Execute
from tests.install.belonging.test_init_keys import asm
from tests.notify.messages.rows import rows

REAL = "UPDATE installation SET kind = 'real'"
#: What the demo would change, and what would stop a running installation.
STATE = """
SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM stay) AS stays,
       (SELECT string_agg(rolname || coalesce(rolpassword, ''), ' ' ORDER BY rolname)
        FROM pg_authid WHERE rolname LIKE 'asm_%') AS logins,
       (SELECT string_agg(fingerprint, ' ' ORDER BY fingerprint) FROM installation_key) AS keys
"""


async def test_seeding_a_real_database_does_nothing(
    settings: Settings, admin_engine: AsyncEngine, execute: Execute, database: Database
) -> None:
    await execute(REAL)
    before = await rows(admin_engine, STATE)
    said = await asyncio.to_thread(complaint, settings, "seed")
    assert said["code"] == "demo_into_real"
    assert database.name in said["message"]
    assert await rows(admin_engine, STATE) == before
    noted = await read_installation(admin_engine)
    assert noted is not None
    assert noted.kind == "real"


@pytest.mark.parametrize("with_demo", [True, False])
def test_a_trial_leaves_a_real_database_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_demo: bool
) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute(REAL)
        before = connection.execute(STATE).fetchall()
    monkeypatch.setenv("ASM_DATA_DIR", str(tmp_path / "trial"))
    monkeypatch.setenv("DATABASE_URL", database.admin_url)
    for word in ("", database.name):
        monkeypatch.setenv("ASM_DEMO_INTO", word)
        with pytest.raises(ConfigurationError, match="holds what the demo did not make"):
            up(detach=True, with_demo=with_demo)
    with psycopg.connect(database.admin_url) as connection:
        assert connection.execute(STATE).fetchall() == before
    assert not list((tmp_path / "trial" / "secrets").iterdir())


async def test_a_trial_comes_back_to_the_database_that_it_made(
    own: Settings, admin_engine: AsyncEngine, database: Database, execute: Execute, tmp_path: Path
) -> None:
    def look(folder: Path, *, with_demo: bool) -> None:
        layout = Layout(folder)
        require_trial_database(layout, database.admin_url, with_demo=with_demo)

    await note_keys(admin_engine, own.secrets_dir)
    await asyncio.to_thread(look, tmp_path, with_demo=True)  # the demo's
    await execute(REAL)
    await asyncio.to_thread(look, tmp_path, with_demo=False)  # a trial's without demo data
    for folder, with_demo in ((tmp_path, True), (tmp_path / "another", False)):
        with pytest.raises(ConfigurationError, match="holds what"):
            await asyncio.to_thread(look, folder, with_demo=with_demo)


def test_a_database_that_cannot_be_looked_at_is_no_trials(tmp_path: Path) -> None:
    away = "postgresql://127.0.0.1:1/asm"
    with pytest.raises(ConfigurationError, match="nothing was done"):
        require_trial_database(Layout(tmp_path), away, with_demo=True)


def test_the_operators_own_address_is_no_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ASM_ADMIN_DATABASE_URL", "postgresql://owner:secret@db.example/asm")
    assert external_url() == ""


async def test_an_older_database_gets_its_row_by_who_was_there_first(
    own: Settings, admin_engine: AsyncEngine, execute: Execute
) -> None:
    """What the next migration says of a database of before, or of one that broke off."""
    await execute("DELETE FROM installation")
    answer = await asyncio.to_thread(asm, own, "migrate")
    assert (answer["installation"], "public_passwords" in answer) == ("demo", False)
    assert set((await check_keys(admin_engine, own.secrets_dir)).values()) == {"ok", "absent"}
    # Into a real installation the demo was poured: its administrator was there first.
    await execute("DELETE FROM installation")
    await execute(
        "INSERT INTO account (id, login, display_name, password_hash, role, created_at) "
        "SELECT gen_random_uuid(), 'goc', 'Gốc', '!', role, created_at - interval '1 second' "
        "FROM account WHERE login = 'lan'"
    )
    answer = await asyncio.to_thread(asm, own, "migrate")
    assert answer["installation"] == "real"
    assert answer["public_passwords"][:2] == ["admin", "bich"]
    first = await read_installation(admin_engine)
    assert await note_installation(admin_engine, "demo") == first, "what is noted stays"


async def test_a_second_installation_does_not_even_migrate(
    own: Settings, settings: Settings, admin_engine: AsyncEngine
) -> None:
    await note_keys(admin_engine, own.secrets_dir)
    said = await asyncio.to_thread(complaint, settings, "migrate")
    assert said["code"] == "key_file_other_here"
    # Whoever only migrates needs no keys.
    own.secrets_dir.rename(own.secrets_dir.with_name("elsewhere"))
    assert (await asyncio.to_thread(asm, own, "migrate"))["ok"]
