"""What only time brings: found once, by one worker, however often it is looked for."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks import schedule
from asm.checks.long_stay import find_long_stays
from asm.checks.often_late import forgive
from asm.checks.overstay import find_overstays
from asm.checks.permitted_stay import find_ended_permits
from asm.checks.registry import TIMED
from asm.checks.schedule import Timed, TimeWindow, run_due
from asm.db.session import one_transaction
from asm.stays.changes import Depart
from tests.checks.causes import CAUSES, entry, foreigner
from tests.checks.desks import Desks, at, check, flags, night


def open_now(flag_rows: list[Any]) -> set[UUID]:
    return {row.stay_id for row in flag_rows if row.closed_at is None}


async def test_overstays_are_found_when_the_grace_is_over(
    desks: Desks,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "SLICE", 2)  # more than one slice, and one that is just full
    stays = await desks.declare_all("lan", [entry(at(1), at(3, 11)) for _ in range(4)])
    by_the_hour = entry(at(1, 9), at(1, 12), hourly=True)
    left, _ = await desks.declare_all("lan", [entry(at(1), at(3, 11)), by_the_hour])
    await desks.change("lan", left, Depart(departed_at=at(3, 10)), at(3, 10))
    await check(worker_engine)
    for now, raised, standing in (
        (at(3, 22, 59), 0, set()),
        (at(3, 23), 4, set(stays)),
        (at(4), 0, set(stays)),
    ):
        span = TimeWindow(since=now - timedelta(days=1), now=now)
        assert await find_overstays(worker_engine, span) == raised
        assert open_now(await flags(admin_engine, "overstay")) == standing
    assert await find_overstays(worker_engine, TimeWindow(since=at(3, 23, 30), now=at(20))) == 0
    await desks.change("lan", stays[0], Depart(departed_at=at(4)), at(4))
    await check(worker_engine, at(4))
    assert open_now(await flags(admin_engine, "overstay")) == set(stays[1:])


async def test_a_guest_declared_elsewhere_has_left(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    first = entry(at(1), at(3, 11))
    await desks.declare_all("lan", [first])
    moved_on = type(first)(
        guest=first.guest, arrived_at=at(2), planned_departure_at=at(9), room="1"
    )
    await desks.declare_all("tuan", [moved_on])
    await check(worker_engine)
    await find_overstays(worker_engine, TimeWindow(since=at(1), now=at(8)))
    assert await flags(admin_engine, "overstay") == []


async def test_who_was_elsewhere_for_a_night_came_back(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    planned = entry(at(1), at(5, 11))
    open_end = entry(at(1), None, room="1")
    foreign = entry(at(1), None, room="1", **foreigner(night(5)))
    (over,) = await desks.declare_all("lan", [planned])
    long, permit = await desks.declare_all("hai", [open_end, foreign])
    for first in (planned, open_end, foreign):
        one_night = type(first)(
            guest=first.guest, arrived_at=at(2), planned_departure_at=at(3, 11), room="1"
        )
        await desks.declare_all("tuan", [one_night])
    await check(worker_engine)
    window = TimeWindow(since=at(1), now=at(31, 1))
    await find_overstays(worker_engine, window)
    await find_long_stays(worker_engine, window)
    await find_ended_permits(worker_engine, window)
    assert over in open_now(await flags(admin_engine, "overstay"))
    assert open_now(await flags(admin_engine, "stay-reaches-30-days")) == {long, permit}
    assert open_now(await flags(admin_engine, "permitted-stay-ends")) == {permit}
    # What the version before wrote knows no way back.
    async with admin_engine.begin() as connection:
        await connection.execute(text("UPDATE stay SET nights_elsewhere = NULL"))
        await connection.execute(text("DELETE FROM flag"))
    await find_overstays(worker_engine, window)
    await find_long_stays(worker_engine, window)
    await find_ended_permits(worker_engine, window)
    assert over not in open_now(await flags(admin_engine, "overstay"))
    assert await flags(admin_engine, "stay-reaches-30-days") == []
    assert await flags(admin_engine, "permitted-stay-ends") == []


async def test_stays_without_a_plan_reach_their_thirtieth_day(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    (stay,) = await desks.declare_all("hai", [entry(at(1), None, room="1")])
    await desks.declare_all("hai", [entry(at(1), at(30, 23), room="2")])
    await check(worker_engine)
    for now, standing in ((at(30, 23, 59), set()), (at(31, 0, 1), {stay})):
        await find_long_stays(worker_engine, TimeWindow(since=now - timedelta(days=1), now=now))
        assert open_now(await flags(admin_engine, "stay-reaches-30-days")) == standing


async def test_permits_that_end_without_a_plan(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    (stay,) = await desks.declare_all("hai", [entry(at(1), None, room="1", **foreigner(night(5)))])
    await desks.declare_all("hai", [entry(at(1), at(5, 11), room="2", **foreigner(night(5)))])
    await desks.declare_all("hai", [entry(at(1), at(5, 11), room="2", **foreigner(None))])
    await check(worker_engine)
    for now, standing in ((at(5, 23, 59), set()), (at(6, 0, 1), {stay})):
        await find_ended_permits(worker_engine, TimeWindow(since=now - timedelta(days=1), now=now))
        assert open_now(await flags(admin_engine, "permitted-stay-ends")) == standing


async def test_a_facility_in_time_for_thirty_days_is_forgiven(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    (often,) = [cause for cause in CAUSES if cause.check_id == "facility-often-late"]
    await desks.declare_all("hai", [entry(at(1), at(9), room="1")], declared_at=at(2, 9))
    await often.bring(desks)
    await check(worker_engine, at(5))
    (flag,) = await flags(admin_engine, often.check_id)
    assert (flag.subject, flag.facility_id) == ("2026-03", desks.cast.hoa_sen)
    assert (flag.evidence["late_days"], flag.evidence["late_guests"]) == (3, 3)
    for now, closed in ((at(34, 8), 0), (at(34, 10), 1), (at(35), 0)):
        assert await forgive(worker_engine, TimeWindow(since=at(1), now=now)) == closed


async def test_each_round_is_run_once_by_whoever_comes_first(worker_engine: AsyncEngine) -> None:
    seen: list[TimeWindow] = []

    async def look(_engine: AsyncEngine, due: TimeWindow) -> int:
        seen.append(due)
        await asyncio.sleep(0)
        return 7

    timed = {"a-check": Timed(every=timedelta(hours=1), run=look)}
    done = await asyncio.gather(*(run_due(worker_engine, timed) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 1]
    assert await run_due(worker_engine, timed) == {}
    async with one_transaction(worker_engine) as session:
        await session.execute(text("UPDATE check_round SET next_at = clock_timestamp()"))
    assert await run_due(worker_engine, timed) == {"a-check": 7}
    first, second = seen
    assert second.since == first.now
    assert first.now - first.since == schedule.FIRST_LOOK


async def test_a_round_whose_worker_died_is_run_by_another(worker_engine: AsyncEngine) -> None:
    died: list[datetime] = []

    async def die(_engine: AsyncEngine, due: TimeWindow) -> int:
        died.append(due.now)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await run_due(worker_engine, {"a-check": Timed(every=timedelta(hours=1), run=die)})

    async def look(_engine: AsyncEngine, due: TimeWindow) -> int:
        return int(due.since < died[0])

    timed = {"a-check": Timed(every=timedelta(hours=1), run=look)}
    assert await run_due(worker_engine, timed) == {}
    async with one_transaction(worker_engine) as session:
        await session.execute(text("UPDATE check_round SET leased_until = clock_timestamp()"))
    assert await run_due(worker_engine, timed) == {"a-check": 1}


async def test_all_checks_run_as_the_worker_with_nothing_to_find(
    worker_engine: AsyncEngine,
) -> None:
    assert await run_due(worker_engine, TIMED) == dict.fromkeys(TIMED, 0)
