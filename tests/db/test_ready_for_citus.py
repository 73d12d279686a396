"""What lets the tables be spread over machines by facility one day, held from the first day.

Distributed tables carry facility_id, never empty and in every key; what they refer to can be copied
to every machine; nothing of theirs hangs on triggers or on numbers that one machine hands out.
"""

import re
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import asm

#: What is written for a declaration or follows from it.
DISTRIBUTED = {
    "public.stay", "public.stay_version", "public.idempotency", "public.audit_entry",
    "public.outbox", "public.flag", "public.identity_check", "vault.person", "vault.guest_record",
    "vault.also_found",
    "public.room", "public.closure", "public.membership", "public.stay_excuse",
}  # fmt: skip
#: Spread by their own id: facility_id of the others.
BY_ID = {"public.facility"}


async def rows(session: AsyncSession, query: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in (await session.execute(text(query))).all()]


async def test_facility_id_is_never_empty_and_in_every_key(admin_session: AsyncSession) -> None:
    columns = await rows(
        admin_session,
        "SELECT table_schema || '.' || table_name FROM information_schema.columns "
        "WHERE column_name = 'facility_id' AND is_nullable = 'NO'",
    )
    assert {name for (name,) in columns} >= DISTRIBUTED
    keys = await rows(
        admin_session,
        """
        SELECT n.nspname || '.' || c.relname, i.indexrelid::regclass::text
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE i.indisunique AND NOT c.relispartition AND NOT EXISTS (
          SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
          AND a.attnum = ANY(i.indkey) AND a.attname = 'facility_id')
        """,
    )
    assert [(table, key) for table, key in keys if table in DISTRIBUTED] == []


async def test_they_refer_to_their_own_facility_or_to_what_can_be_copied(
    admin_session: AsyncSession,
) -> None:
    """A foreign key between distributed tables must run along facility_id; the others point at
    small tables that every machine can hold (wards, provinces, accounts).
    """
    foreign_keys = await rows(
        admin_session,
        """
        SELECT n.nspname || '.' || c.relname, fn.nspname || '.' || f.relname,
          (SELECT string_agg(a.attname, ',') FROM pg_attribute a
           WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey))
        FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
        WHERE k.contype = 'f' AND NOT c.relispartition
        """,
    )
    between = [
        (table, other)
        for table, other, along in foreign_keys
        if table in DISTRIBUTED and other in DISTRIBUTED | BY_ID
        and "facility_id" not in along.split(",")
    ]  # fmt: skip
    assert between == []


async def test_no_triggers_on_them_and_no_numbers_from_one_machine(
    admin_session: AsyncSession,
) -> None:
    triggers = await rows(
        admin_session,
        "SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE NOT t.tgisinternal",
    )
    # Totals are no facility's rows: they are rolled up by statement, never row by row.
    assert {name for (name,) in triggers} == {
        "public.night_total", "public.ward_night", "public.origin_night",
    }  # fmt: skip
    numbered = await rows(
        admin_session,
        "SELECT table_schema || '.' || table_name FROM information_schema.columns "
        "WHERE is_identity = 'YES' OR column_default LIKE 'nextval(%'",
    )
    assert {name for (name,) in numbered} & (DISTRIBUTED | BY_ID) == set()


def test_stays_are_written_by_one_module() -> None:
    package = Path(asm.__file__).parent
    inserts = re.compile(r"(INSERT INTO |insert_of\(\s*|insert\()(stay|(vault\.)?guest_record)\b")
    writers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "migrations" not in path.parts and inserts.search(path.read_text(encoding="utf-8"))
    }
    assert writers == {"stays/write.py"}
