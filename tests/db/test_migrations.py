"""The schema goes up, down and up again, and the tables in code are the tables in the database."""

from datetime import date
from importlib.resources import files

import psycopg
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import asm.accounts.model
import asm.audit.model
import asm.checks.flags.model
import asm.facilities.model
import asm.geo.model
import asm.identity.vault.model
import asm.notify.model
import asm.outbox.model
import asm.stays.model  # noqa: F401 -- each import adds its tables to the catalogue
from asm.db.base import metadata
from asm.db.migrate import downgrade, migrate
from asm.db.revisions import known_revisions
from tests.services import TestServices

_COLUMNS = text(
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_schema = :schema AND table_name = :name"
)


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'vault')"
        )
        return {row[0] for row in rows}


def test_up_down_up(services: TestServices) -> None:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_up_down")
        url = services.admin_url("asm_up_down")
        try:
            migrate(url)
            first = _tables(url)
            downgrade(url, "base")
            assert _tables(url) == {"spatial_ref_sys", "alembic_version"}
            migrate(url)
            assert _tables(url) == first
            migrate(url)  # a second run changes nothing
            assert _tables(url) == first
        finally:
            connection.execute("DROP DATABASE asm_up_down WITH (FORCE)")


async def test_every_table_in_code_is_in_the_database(admin_session: AsyncSession) -> None:
    assert len(metadata.tables) > 15
    for name, table in metadata.tables.items():
        found = await admin_session.execute(
            _COLUMNS, {"schema": table.schema or "public", "name": table.name}
        )
        assert set(found.scalars()) == {column.name for column in table.columns}, name


async def test_partitions_reach_ahead_and_their_upkeep_runs_twice(
    admin_session: AsyncSession,
) -> None:
    call = text("SELECT ensure_stay_partitions(CAST(:month AS date), 4)")
    made = (await admin_session.execute(call, {"month": date(2031, 11, 15)})).scalar_one()
    again = (await admin_session.execute(call, {"month": date(2031, 11, 15)})).scalar_one()
    assert (made, again) == (4, 0)
    parts = await admin_session.execute(
        text("SELECT count(*) FROM pg_class WHERE relname ~ '^stay_2032(01|02)$'")
    )
    assert parts.scalar_one() == 2


def test_revisions_are_known_by_their_files() -> None:
    script = ScriptDirectory(str(files("asm.db") / "migrations"))
    assert known_revisions() == {each.revision for each in script.walk_revisions()}
    assert max(known_revisions()) == script.get_current_head()
