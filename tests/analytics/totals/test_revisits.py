"""Who came again within a year, whatever is declared, corrected or taken back afterwards."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.check import check_totals
from asm.analytics.totals.fill import fill
from asm.analytics.totals.rebuild import as_worker
from asm.db.session import make_sessions
from asm.stays.changes import Amend, GuestChange, VoidStay
from tests.analytics.totals.kept import assert_right, follow_up
from tests.analytics.totals.recount import KEYS
from tests.checks.desks import Desks, at, night

NOW = at(20)
WHO = "001095000001"
#: As a turned index key leaves it: hashes of everybody in the other slot.
_TURNED = (
    "UPDATE vault.person SET index_b = index_a, index_a = NULL",
    "UPDATE vault.wrapped_key SET slot = 'b' WHERE purpose = 'index' AND state = 'current'",
)


async def came_again(session: AsyncSession) -> set[UUID]:
    """Ids of the stays of which the ledger says so; all else is as a recount has it."""
    await assert_right(session, NOW)
    read = await session.execute(text("SELECT stay_id FROM counted_stay WHERE revisit"))
    again = set(read.scalars())
    total = await session.execute(text("SELECT coalesce(sum(revisits), 0) FROM night_total"))
    assert total.scalar_one() == len(again)
    await session.rollback()
    return again


@pytest.mark.parametrize(("away", "again"), [(0, False), (1, True), (365, True), (366, False)])
async def test_at_least_a_night_and_at_most_a_year_away(
    away: int, again: bool, desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    left = at(10, 11) - timedelta(days=away)
    await desks.declare("lan", WHO, left - timedelta(hours=20), left)
    back = await desks.declare("tuan", WHO, at(10), at(11, 11))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == ({back} if again else set())


async def test_whatever_happens_to_the_earlier_stay(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    back = await desks.declare("tuan", WHO, at(10), at(11, 11))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == set()
    # By the hour and for a day is no night to come back from.
    await desks.declare("lan", WHO, at(3, 13), at(3, 16), hourly=True)
    await desks.declare("bich", WHO, at(4, 9), at(4, 12))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == set()
    before = await desks.declare("lan", WHO, at(5), at(6, 11))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == {back}
    await desks.change("lan", before, VoidStay(reason="khai nhầm"), at(6, 12))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == set()


async def test_a_guest_who_turns_out_to_be_another(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    await desks.declare("lan", WHO, at(3), at(4, 11))
    await desks.declare("lan", None, at(3), at(4, 11))
    back = await desks.declare("tuan", WHO, at(10), at(11, 11))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == {back}
    # Somebody else with a number; then somebody of whom nobody can tell who it is.
    other = Amend(guest=GuestChange(document_number="001095000002"))
    await desks.change("tuan", back, other, at(10, 20))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == set()
    await desks.change("tuan", back, Amend(guest=GuestChange(document_number=WHO)), at(10, 21))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == {back}
    unknown = GuestChange(no_papers=True, birth_date=None, note="mất giấy tờ")
    await desks.change("tuan", back, Amend(guest=unknown), at(10, 22))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == set()


async def test_a_turned_key_changes_nobody(
    desks: Desks, admin_session: AsyncSession, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await desks.declare("lan", WHO, at(3), at(4, 11))
    back = await desks.declare("tuan", WHO, at(10), at(11, 11))
    await desks.declare("hai", None, at(12), at(13, 11))
    async with make_sessions(admin_engine).begin() as session:
        for statement in _TURNED:
            await session.execute(text(statement))
    await follow_up(worker_engine, NOW)
    assert await came_again(admin_session) == {back}
    assert (await check_totals(admin_engine, opens=as_worker)).differences == 0
    async with make_sessions(admin_engine).begin() as session:
        await session.execute(text("TRUNCATE " + ", ".join(("counted_stay", *KEYS))))
    await fill(partial(as_worker, admin_engine), now=NOW)
    assert await came_again(admin_session) == {back}
    async with make_sessions(admin_engine).begin() as session:
        await session.execute(text("UPDATE counted_stay SET revisit = false"))
        await session.execute(text("UPDATE night_total SET revisits = 0"))
    check = await check_totals(admin_engine, opens=as_worker)
    assert [(each.night, each.kept, each.counted) for each in check.named] == [(night(10), 0, 1)]


async def test_the_comparison_works_out_anew_who_came_again(
    desks: Desks, admin_session: AsyncSession, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await desks.declare("lan", WHO, at(3), at(4, 11))
    await desks.declare("tuan", WHO, at(10), at(11, 11))
    await desks.declare("hai", None, at(12), at(13, 11))
    await follow_up(worker_engine, NOW)
    assert (await check_totals(admin_engine, opens=as_worker)).differences == 0
    # In the ledger and in the totals alike, so that these two agree.
    for table, what in (("counted_stay", "revisit = NOT revisit"),
                        ("night_total", "revisits = arrivals - revisits")):  # fmt: skip
        async with make_sessions(admin_engine).begin() as session:
            await session.execute(text(f"UPDATE {table} SET {what}"))
    check = await check_totals(admin_engine, opens=as_worker)
    assert [(each.night, each.measure, each.kept, each.counted) for each in check.named] == [
        (night(3), "revisits", 1, 0),
        (night(10), "revisits", 0, 1),
        (night(12), "revisits", 1, 0),
    ]
