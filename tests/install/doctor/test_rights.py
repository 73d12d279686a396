"""The rights that the doctor expects are those of the newest schema.

After a migration that grants something, with ASM_WRITE_RIGHTS=1 this file records them anew.
"""

import os
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import asm.install.doctor.rights
from asm.db.standing import VERSION
from asm.install.doctor.rights import MONTHS, PATH, RIGHTS, rights_of_the_schema, shown_of
from asm.locales.texts import both

RECORDED = Path(asm.install.doctor.rights.__file__).with_name("rights.txt")


async def test_what_is_expected_is_what_the_migrations_gave(admin_engine: AsyncEngine) -> None:
    async with admin_engine.connect() as connection:
        await connection.execute(PATH)
        version = (await connection.execute(VERSION)).scalar_one() // 10000
        given = frozenset((await connection.execute(RIGHTS)).scalars())
        given -= frozenset((await connection.execute(MONTHS)).scalars())
    if os.environ.get("ASM_WRITE_RIGHTS"):
        lines = [f"-- PostgreSQL {version}", *sorted(given)]
        RECORDED.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert len(given) > 300
    recorded = rights_of_the_schema()
    for exact in {False, version == recorded.version}:
        assert {shown_of(each, exact=exact) for each in recorded.statements} == {
            shown_of(each, exact=exact) for each in given
        }
    for title in both("doctor", "database.rights:title", {}):
        assert f"PostgreSQL {recorded.version}" in title


async def test_months_of_stays_come_and_go(admin_engine: AsyncEngine) -> None:
    """Whenever the schema was made, and whichever months were added or ended since."""
    async with admin_engine.connect() as connection:
        await connection.execute(PATH)
        first = (await connection.execute(MONTHS)).scalars().first()
        assert first is not None
        oldest = first.split()[2]
        await connection.exec_driver_sql(f"DROP TABLE {oldest}")
        await connection.exec_driver_sql("SELECT ensure_stay_partitions('2031-01-01', 1)")
        months = frozenset((await connection.execute(MONTHS)).scalars())
        given = frozenset((await connection.execute(RIGHTS)).scalars())
        await connection.exec_driver_sql("ALTER TABLE stay_203101 NO FORCE ROW LEVEL SECURITY")
        open_month = frozenset((await connection.execute(RIGHTS)).scalars())
        await connection.rollback()
    assert not any(oldest in each for each in months | given)
    assert months <= given
    forced = "ALTER TABLE public.stay_203101 FORCE ROW LEVEL SECURITY"
    assert months - open_month == {forced}
    assert not any("stay_2" in each for each in rights_of_the_schema().statements)


async def test_policies_come_back_as_they_are_recorded(admin_engine: AsyncEngine) -> None:
    """What the doctor says of a policy is what the server says of it, once it was run."""
    policies = {each for each in rights_of_the_schema().statements if " POLICY " in each}
    assert len(policies) > 100
    async with admin_engine.connect() as connection:
        await connection.execute(PATH)
        for each in policies:
            await connection.exec_driver_sql(each.partition(" AS ")[0].replace("CREATE", "DROP"))
            await connection.exec_driver_sql(each)
        given = frozenset((await connection.execute(RIGHTS)).scalars())
        await connection.rollback()
    assert policies <= given


@pytest.mark.parametrize("opened", ["true", "(1 = 1)", "('x'::text = 'y'::text)"])
def test_on_other_versions_an_opened_policy_is_seen(opened: str) -> None:
    """However they write conditions: those with a value in them, which most have."""
    head = "CREATE POLICY a ON public.stay AS PERMISSIVE FOR ALL TO PUBLIC"
    strict = "(ward_code = ( SELECT current_setting('asm.ward'::text, true) AS current_setting))"
    otherwise = "((stay.ward_code = (SELECT current_setting('asm.ward'::text, true))))"
    for condition in ("USING ({})", "WITH CHECK ({})", "USING (true) WITH CHECK ({})"):
        form = f"{head} {condition}"
        assert shown_of(form.format(strict), exact=False) == shown_of(
            form.format(otherwise), exact=False
        )
        assert shown_of(form.format(strict), exact=False) != shown_of(
            form.format(opened), exact=False
        )
    checked = f"{head} USING ({strict}) WITH CHECK ({strict})"
    assert shown_of(checked, exact=False) != shown_of(f"{head} USING ({strict})", exact=False)
