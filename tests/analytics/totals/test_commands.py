"""`asm totals` on a database with stays: fill, compare, mend."""

from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.check import check_totals
from asm.analytics.totals.fill import fill
from asm.analytics.totals.keep import keep_totals
from asm.analytics.totals.rebuild import as_worker, rebuild
from asm.analytics.totals.rolled import differing_rolls, rolls
from asm.analytics.totals.standing import totals_standing
from asm.db.session import make_sessions, one_transaction
from asm.errors import Invalid
from asm.outbox.drain import drain
from tests.analytics.totals.kept import assert_right, follow_up, handlers
from tests.analytics.totals.stored_town import DAY
from tests.checks.desks import Desks, at, night

NOW = at(20)
_TAMPER = {
    "night_total": "UPDATE night_total SET arrivals = arrivals + 1 WHERE night = :night",
    "origin_night": "UPDATE origin_night SET guest_nights = 7 WHERE night = :night",
    "ward_night": "UPDATE ward_night SET rooms_occupied = 9 WHERE night = :night",
    "origin_month": "UPDATE origin_month SET arrivals = arrivals + 5",
    "counted_stay": "DELETE FROM counted_stay",
}


@pytest.fixture
async def some_stays(desks: Desks) -> None:
    await desks.declare("lan", "001095000001", at(3), at(6, 11))
    await desks.declare("tuan", "001095000001", at(4), at(5, 11))
    await desks.declare("hai", "001095000002", at(3), None)
    await desks.declare("bich", "001095000003", at(3, 9), at(3, 12))
    await desks.declare("tuan", "001095000004", at(1), at(2, 11))


async def execute(engine: AsyncEngine, statement: str, **values: object) -> None:
    async with make_sessions(engine).begin() as session:
        await session.execute(text(statement), values)


async def test_a_tampered_cell_is_named_and_mended(
    some_stays: None,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
) -> None:
    await follow_up(worker_engine, NOW)
    begin = partial(as_worker, admin_engine)
    assert (await check_totals(admin_engine, opens=as_worker)).differences == 0
    for table, statement in _TAMPER.items():
        values = {"night": night(3)} if ":night" in statement else {}
        await execute(admin_engine, statement, **values)
        check = await check_totals(admin_engine, opens=as_worker)
        first = night(3) if table != "origin_month" else night(1)
        assert (table, first) in {(each.what, each.night) for each in check.named}
        async with one_transaction(worker_engine) as session:
            assert (await totals_standing(session)).differ
        # What the ledger forgot of a stay is missing on each of its nights.
        nights = (night(1), night(20)) if table == "counted_stay" else (night(3), night(6))
        await rebuild(begin, *nights, NOW)
        assert (await check_totals(admin_engine, opens=as_worker)).named == [], table
    await assert_right(admin_session, NOW)


async def test_a_tampered_sum_is_named_and_mended(
    some_stays: None, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await follow_up(worker_engine, NOW)
    every = [*rolls(by_month=False), *rolls(by_month=True)]
    assert len(every) == 17
    for _, measures, table in every:
        when = "month" if "month" in table.c else "night"
        add = f"UPDATE {table.name} SET {measures[0]} = {measures[0]} + 3 WHERE {when} >= :since"
        await execute(admin_engine, add, since=night(1))
        if when == "night":
            await execute(
                admin_engine, f"DELETE FROM {table.name} WHERE night = :night", night=night(3)
            )
    check = await check_totals(admin_engine, opens=as_worker)
    assert check.differences > len(check.named)
    async with as_worker(admin_engine) as session:
        differing = await differing_rolls(session, night(3), night(20))
    assert {each[0] for each in differing} == {table for *_, table in every}
    await rebuild(partial(as_worker, admin_engine), night(1), night(20), NOW)
    assert (await check_totals(admin_engine, opens=as_worker)).named == []


async def test_what_waits_in_the_outbox_is_no_difference(
    desks: Desks, some_stays: None, worker_engine: AsyncEngine
) -> None:
    await follow_up(worker_engine, NOW)
    await desks.declare("lan", "001095000009", at(4), at(6, 11))
    assert (await check_totals(worker_engine)).differences == 0
    await execute(desks.engine, "UPDATE outbox SET dead_at = clock_timestamp()")
    check = await check_totals(worker_engine)
    assert [(each.what, each.night, each.counted) for each in check.named] == [
        ("counted_stay", night(4), 1)
    ]


async def test_rebuilding_takes_only_nights_that_have_begun(
    some_stays: None, worker_engine: AsyncEngine
) -> None:
    await follow_up(worker_engine, NOW)
    begin = partial(one_transaction, worker_engine)
    for since, last in ((night(5), night(4)), (night(5), night(5) + 3650 * DAY)):
        with pytest.raises(Invalid) as refused:
            await rebuild(begin, since, last, NOW)
        assert refused.value.code == "nights_not_open"


async def test_filling_finds_what_no_event_told_of(
    desks: Desks,
    some_stays: None,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
) -> None:
    await follow_up(worker_engine, NOW)
    await execute(
        admin_engine, "TRUNCATE counted_stay, night_total, ward_night, origin_night, origin_month"
    )
    # A house goes on declaring meanwhile, and that is counted already.
    await desks.declare("lan", "001095000007", at(3), at(5, 11))
    await drain(worker_engine, handlers(NOW))
    begin = partial(as_worker, admin_engine)
    days = []
    filled = await fill(begin, lambda day, stays: days.append((day, stays)), NOW)
    assert (filled.stays, days) == (5, [(night(1), 1), (night(3), 3), (night(4), 1)])
    assert (await fill(begin, now=NOW)).stays == 0
    await assert_right(admin_session, NOW)


async def test_a_worker_compares_once_a_morning(
    some_stays: None, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await follow_up(worker_engine, at(20, 2))
    first = await keep_totals(worker_engine, at(20, 2))
    assert first is not None
    assert first.differences == 0
    for checked, now, due in (
        (at(20, 4), at(20, 5), False),
        (at(19, 23), at(20, 2), False),
        (at(19, 23), at(20, 4), True),
        (at(21), at(20, 4), True),  # the clock was set back
    ):
        await execute(admin_engine, "UPDATE totals_state SET checked_at = :at", at=checked)
        kept = await keep_totals(worker_engine, now)
        assert (kept is not None and kept.differences == 0) is due, (checked, now)
