"""Wards that change, workers that die, nights that nobody opened."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.ledger import count_stays
from asm.analytics.totals.nights import keep_open, open_nights
from asm.db.base import VIETNAM
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import WARD_A
from asm.demo.ward_split import invented_split
from asm.outbox.drain import Event, drain
from asm.outbox.topics import Topic
from asm.stays.changes import Depart, UndoDeparture
from tests.analytics.totals.kept import assert_right, follow_up
from tests.checks.desks import Desks, at, night
from tests.stays.area_changes.changing import record

NOW = at(20)


async def test_a_change_of_areas_moves_no_night_before_it(
    desks: Desks,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
    tmp_path: Path,
) -> None:
    await desks.declare("lan", "001095000001", at(3), at(12, 11))
    await desks.declare("hai", "001095000002", at(2), at(4, 11))
    await follow_up(worker_engine, NOW)
    async with make_sessions(admin_engine)() as session:
        event = await invented_split(session, WARD_A, night(6))
    change = await record(admin_engine, tmp_path, event)
    assert (change.facilities_moved > 0, change.stays_handed_over) == (True, 1)
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)
    rows = await admin_session.execute(
        text("SELECT ward_code, sum(guest_nights) FROM night_total WHERE kind = 'hotel' GROUP BY 1")
    )
    nights = {ward: slept for ward, slept in rows if slept}
    assert nights.pop(WARD_A) == 3
    assert list(nights.values()) == [6]


async def test_a_worker_that_dies_before_the_end_leaves_nothing_behind(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    await keep_open(worker_engine, NOW)
    await desks.declare("lan", "001095000001", at(3), at(5, 11))

    async def die(session: AsyncSession, events: Sequence[Event]) -> None:
        await count_stays(session, events, NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await drain(worker_engine, {Topic.STAY_CHANGED: die})
    counted = await admin_session.execute(text("SELECT count(*) FROM counted_stay"))
    assert counted.scalar_one() == 0
    await admin_session.execute(
        text("UPDATE outbox SET next_attempt_at = clock_timestamp(), leased_until = NULL")
    )
    await admin_session.commit()
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)


async def test_nights_are_opened_after_days_and_not_by_a_clock_set_back(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    stay = await desks.declare("lan", "001095000001", at(3), None)
    await follow_up(worker_engine, at(4))
    await assert_right(admin_session, at(4))
    opened = await keep_open(worker_engine, at(11, 7, 59))
    assert opened is not None
    assert (opened.nights, opened.last) == (6, night(10))
    await assert_right(admin_session, at(10))
    assert await keep_open(worker_engine, at(6)) is None
    async with one_transaction(worker_engine) as session:
        assert (await open_nights(session, at(6))).last == night(10)
    await desks.change("lan", stay, Depart(departed_at=at(5, 9)), at(5, 9))
    await follow_up(worker_engine, at(6))
    await assert_right(admin_session, at(10))
    await desks.change("lan", stay, UndoDeparture(), at(5, 10))
    await follow_up(worker_engine, at(11, 8))
    await assert_right(admin_session, at(11))


async def test_edges_of_the_calendar(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    leap = timedelta(days=-(at(1) - at(1).replace(year=2024, month=2, day=28)).days)
    await desks.declare("lan", "001095000001", at(1) + leap, at(4, 11) + leap)  # over 29 February
    tet = timedelta(days=-65)
    await desks.declare("hai", "001095000002", at(1) + tet, at(9, 11) + tet)  # over a year's end
    await desks.declare("tuan", "001095000003", at(1) + tet, at(1, 11) + timedelta(days=340))
    await desks.declare("lan", "001095000004", at(3, 13), at(3, 16), hourly=True)
    await desks.declare("lan", "001095000004", at(3, 20), at(4, 9))  # and a night on that date
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)


async def test_twelve_months_by_the_calendar_are_no_tourism(
    desks: Desks, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    # 365 nights of a leap year are a day less, and a year from 29 February ends on the 28th.
    stays = (
        (date(2023, 6, 1), date(2024, 5, 31), True),
        (date(2023, 6, 1), date(2024, 6, 1), False),
        (date(2024, 2, 29), date(2025, 2, 27), True),
        (date(2024, 2, 29), date(2025, 2, 28), False),
        (date(2024, 6, 1), date(2025, 6, 1), False),
    )
    for number, (came, left, _) in enumerate(stays):
        evening, morning = (
            datetime.combine(day, time(hour), VIETNAM) for day, hour in ((came, 18), (left, 11))
        )
        await desks.declare("lan", f"00109500000{number}", evening, morning)
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)
    rows = await admin_session.execute(
        text("SELECT first_night, end_night, tourism FROM counted_stay ORDER BY 1, 2")
    )
    assert [tuple(row) for row in rows] == list(stays)


async def test_excuses_and_answers_are_counted(
    desks: Desks,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
) -> None:
    await desks.declare("lan", "001095000001", at(3), at(5, 11))
    await follow_up(worker_engine, NOW)
    async with make_sessions(admin_engine).begin() as session:
        await session.execute(text("UPDATE stay SET on_time = false"))
        await session.execute(text("UPDATE identity_check SET status = 'verified'"))
        await session.execute(
            text(
                "INSERT INTO outbox (facility_id, id, topic, payload) SELECT facility_id, "
                "gen_random_uuid(), 'stay.recount', jsonb_build_object('stay_id', id) FROM stay"
            )
        )
    await drain(worker_engine, {Topic.STAY_RECOUNT: partial(count_stays, now=NOW)})
    await assert_right(admin_session, NOW)
    rows = await admin_session.execute(
        text("SELECT sum(late), sum(verified), sum(askable) FROM night_total")
    )
    assert tuple(rows.one()) == (1, 1, 1)
