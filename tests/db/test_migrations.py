"""The schema goes up, down and up again, and the tables in code are the tables in the database."""

import re
import types
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

import asm.accounts.model
import asm.audit.model
import asm.checks.flags.model
import asm.facilities.model
import asm.facilities.software.model
import asm.geo.model
import asm.identity.vault.model
import asm.notify.model
import asm.outbox.model
import asm.stays.model  # each import adds its tables to the catalogue
from asm.audit.model import AuditEntryRow, audit_entry
from asm.db.base import metadata
from asm.db.direct import Hexed, insert_of
from asm.db.migrate import downgrade, migrate
from asm.db.revisions import known_revisions
from asm.identity.vault.model import (
    AlsoFoundRow,
    GuestRecordRow,
    PersonRow,
    also_found,
    guest_record,
    person,
)
from asm.notify.install_rules import OF_THE_PRODUCT, install_rules
from asm.outbox.model import OutboxRow, outbox
from asm.stays.model import (
    IdempotencyRow,
    StayRow,
    StayVersionRow,
    idempotency,
    stay,
    stay_version,
)
from asm.stays.saved.saved_time import SavedTime
from tests.services import TestServices

_COLUMNS = text(
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.is_nullable = 'YES', "
    "  c.column_default IS NOT NULL "
    "FROM information_schema.columns c JOIN pg_attribute a "
    "  ON a.attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass "
    "  AND a.attname = c.column_name "
    "WHERE c.table_schema = :schema AND c.table_name = :name"
)
#: What is written many at a time, and of which table.
ROWS: dict[type[msgspec.Struct], Table] = {
    PersonRow: person,
    AlsoFoundRow: also_found,
    GuestRecordRow: guest_record,
    StayRow: stay,
    StayVersionRow: stay_version,
    IdempotencyRow: idempotency,
    OutboxRow: outbox,
    AuditEntryRow: audit_entry,
}
#: What the product brings in, one type of row for each table.
BROUGHT_IN = {type(rows[0]): table for table, rows in OF_THE_PRODUCT.items()}
PYTHON_TYPES: dict[str, set[Any]] = {
    "uuid": {UUID},
    "text": {str},
    "integer": {int},
    "boolean": {bool},
    "date": {date},
    "time without time zone": {time},
    "timestamp with time zone": {datetime},
    "bytea": {Hexed},
    "jsonb": {dict[str, Any], msgspec.Struct},
    "text[]": {list[str]},
}
#: One type in code, two sizes in the database.
FLOATS = {"double precision": "float", "real": "float"}
#: Empty in what was written before the column was there, or until an answer is known; these rows
#: always have a value.
ALWAYS_GIVEN = {(StayRow, "party_id"), (StayRow, "doubts"), (IdempotencyRow, "outcome")}


class Kept(msgspec.Struct):
    """A column as the database has it."""

    kind: str
    nullable: bool
    filled: bool


async def columns_of(session: AsyncSession, table: Table) -> dict[str, Kept]:
    columns = await session.execute(
        _COLUMNS, {"schema": table.schema or "public", "name": table.name}
    )
    return {name: Kept(kind, nullable, filled) for name, kind, nullable, filled in columns}


def differences(row: type[msgspec.Struct], table: Table, kept: dict[str, Kept]) -> list[str]:
    """What a row says of its table's columns that the database does not."""
    fields = get_type_hints(row)
    wrong = [f"{name} is no column" for name in fields if name not in kept]
    order = [column.name for column in table.columns if column.name in fields]
    if order != [name for name in fields if name in kept]:
        wrong.append(f"the table's order is {order}")
    for name, column in kept.items():
        if name not in fields:
            if not (column.nullable or column.filled):
                wrong.append(f"{name} is missing")
            continue
        optional = get_origin(fields[name]) in {Union, types.UnionType}
        kinds = set(get_args(fields[name])) - {type(None)} if optional else {fields[name]}
        kinds = {msgspec.Struct if kind is SavedTime else kind for kind in kinds}
        if not kinds <= PYTHON_TYPES[column.kind]:
            wrong.append(f"{name} is {column.kind}")
        if optional is not (column.nullable and (row, name) not in ALWAYS_GIVEN):
            wrong.append(f"{name} is {'' if column.nullable else 'not '}nullable")
    return wrong


def sql_type(kind: Any) -> str:
    """A column's type in code, as PostgreSQL would print it."""
    return str(kind.compile(dialect=postgresql.dialect())).lower()


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'vault')"
        )
        return {row[0] for row in rows}


def _functions(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proowner = 'asm_owner'::regrole"
        )
        return {str(row[0]) for row in rows}


def test_up_down_up(services: TestServices) -> None:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_up_down")
        url = services.admin_url("asm_up_down")
        try:
            with psycopg.connect(url, autocommit=True) as inside:  # as servers before 15 are made
                inside.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
                migrate(url, fill=install_rules, revision="0030")
                former = _functions(url)
                migrate(url, fill=install_rules)
                may = "SELECT has_schema_privilege('asm_api', 'public', 'CREATE')"
                assert inside.execute(may).fetchone() == (False,)
            first = _tables(url)
            downgrade(url, "0030")
            assert _functions(url) == former
            downgrade(url, "base")
            assert _tables(url) == {"spatial_ref_sys", "alembic_version"}
            migrate(url, fill=install_rules)
            assert _tables(url) == first
            migrate(url, fill=install_rules)  # a second run changes nothing
            assert _tables(url) == first
        finally:
            connection.execute("DROP DATABASE asm_up_down WITH (FORCE)")


async def test_every_table_in_code_is_in_the_database(admin_session: AsyncSession) -> None:
    assert len(metadata.tables) > 15
    for name, table in metadata.tables.items():
        kept = await columns_of(admin_session, table)
        assert set(kept) == {column.name for column in table.columns}, name
        for column in table.columns:
            kind = kept[column.name].kind.lower()
            assert FLOATS.get(kind, kind) == sql_type(column.type), column


@pytest.mark.parametrize("row", [*ROWS, *BROUGHT_IN], ids=lambda row: row.__name__)
async def test_rows_are_what_their_table_takes(
    row: type[msgspec.Struct], admin_session: AsyncSession
) -> None:
    table = (ROWS | BROUGHT_IN)[row]
    kept = await columns_of(admin_session, table)
    assert differences(row, table, kept) == []


async def test_a_row_that_differs_is_noticed(admin_session: AsyncSession) -> None:
    fields = [(name, kind) for name, kind in get_type_hints(OutboxRow).items() if name != "id"]
    other = {"topic": str | None, "payload": list[str], "facility_id": Hexed}
    changed = [(name, other.get(name, kind)) for name, kind in fields]
    wrong = msgspec.defstruct("Wrong", [*reversed(changed), ("colour", str)])
    kept = await columns_of(admin_session, outbox)
    assert differences(wrong, outbox, kept) == [
        "colour is no column",
        "the table's order is ['facility_id', 'topic', 'payload']",
        "facility_id is uuid",
        "id is missing",
        "topic is not nullable",
        "payload is jsonb",
    ]
    with pytest.raises(TypeError, match="colour"):
        insert_of(outbox, wrong, "$1")


def test_every_row_that_is_written_is_compared() -> None:
    call = re.compile(r"insert_of\(\s*(\w+),\s*(\w+),")
    package = Path(asm.__file__).parent
    written = {
        pair
        for path in package.rglob("*.py")
        for pair in call.findall(path.read_text(encoding="utf-8"))
    }
    assert written == {(table.name, row.__name__) for row, table in ROWS.items()}


async def test_partitions_reach_ahead_and_their_upkeep_runs_twice(
    admin_session: AsyncSession,
) -> None:
    call = text("SELECT ensure_stay_partitions(CAST(:month AS date), 4)")
    created = (await admin_session.execute(call, {"month": date(2031, 11, 15)})).scalar_one()
    again = (await admin_session.execute(call, {"month": date(2031, 11, 15)})).scalar_one()
    assert (created, again) == (4, 0)
    parts = await admin_session.execute(
        text("SELECT count(*) FROM pg_class WHERE relname ~ '^stay_2032(01|02)$'")
    )
    assert parts.scalar_one() == 2


def test_revisions_are_known_by_their_files() -> None:
    script = ScriptDirectory(str(files("asm.db") / "migrations"))
    assert known_revisions() == {each.revision for each in script.walk_revisions()}
    assert max(known_revisions()) == script.get_current_head()
