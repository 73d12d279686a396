"""The stays of one person: only the months near the changed ones are read, none is forgotten."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.same_document import CHECK_ID
from asm.db.base import vietnam_time
from asm.db.session import one_transaction
from asm.stays.changes import Amend, Depart, Extend
from tests.checks.desks import Desks, at, check, flags, fresh_number, night, rows, superseded


@pytest.fixture(autouse=True)
async def months(admin_engine: AsyncEngine) -> None:
    """A partition for each month from June 2025 to May 2026."""
    async with one_transaction(admin_engine) as session:
        await session.execute(text("SELECT ensure_stay_partitions(DATE '2025-06-01', 12)"))


async def plans(engine: AsyncEngine, now: datetime) -> list[str]:
    """How the database runs the statements that load the stays of the same people, with the values
    that the worker gave.
    """
    seen: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "near AS" in statement:
            seen.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await check(engine, now)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    shown = []
    async with engine.connect() as connection:
        for statement, values in seen:
            plan_rows = await connection.exec_driver_sql("EXPLAIN " + statement, tuple(values))
            shown.append("\n".join(plan_rows.scalars()))
    return shown


def partitions(plan: str) -> set[str]:
    return set(re.findall(r" on (stay_\d{6}|stay_other)\b", plan))


async def test_only_the_months_near_a_stay_are_read(
    desks: Desks, worker_engine: AsyncEngine
) -> None:
    for number in (fresh_number(), fresh_number()):
        await desks.declare("lan", number, at(1), at(5, 11))
    plan, *more = await plans(worker_engine, at(20))
    # 92 days before the arrival, and up to the day on which the check runs.
    months = {"stay_202511", "stay_202512", "stay_202601", "stay_202602", "stay_202603"}
    assert partitions(plan) == months
    assert more == []


async def test_without_dates_every_month_would_be_read(
    desks: Desks, worker_engine: AsyncEngine
) -> None:
    """The control: the same look at the plan sees all of them."""
    await desks.declare("lan", fresh_number(), at(1), at(5, 11))
    async with worker_engine.connect() as connection:
        plan_rows = await connection.execute(
            text("EXPLAIN SELECT FROM stay WHERE voided_at IS NULL")
        )
        assert len(partitions("\n".join(plan_rows.scalars()))) > 12


async def test_a_stay_that_began_long_before_is_compared_when_it_changes(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number, long_ago = fresh_number(), at(1) - timedelta(days=120)
    old = await desks.declare("lan", number, long_ago, long_ago + timedelta(days=20))
    await check(worker_engine, at(2))
    new = await desks.declare("tuan", number, at(1), at(9, 11))
    await check(worker_engine, at(2))
    assert await flags(admin_engine, CHECK_ID) == []

    await desks.change("lan", old, Amend(planned_departure_at=at(20, 11)), at(3))
    await check(worker_engine, at(3))
    assert await standing(admin_engine) == {old, new}
    assert (await superseded(admin_engine))[old] == night(1)
    # Whatever is changed of the later one, the flags between them stay exact.
    await desks.change("tuan", new, Extend(planned_departure_at=at(12, 11)), at(4))
    await check(worker_engine, at(4))
    assert await standing(admin_engine) == {old, new}
    assert (await superseded(admin_engine))[old] == night(1)
    await desks.change("tuan", new, Depart(departed_at=at(1)), at(5))
    await check(worker_engine, at(5))
    assert await standing(admin_engine) == set()
    assert (await superseded(admin_engine))[old] is None


async def test_what_stands_about_stays_out_of_sight_is_left_alone(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """A third stay, near the second and far from the first, does not touch their flags."""
    number, first_day = fresh_number(), at(1) - timedelta(days=100)
    first = await desks.declare("lan", number, first_day, first_day + timedelta(days=20))
    second_day = first_day + timedelta(days=10)
    second = await desks.declare("tuan", number, second_day, second_day + timedelta(days=3))
    await check(worker_engine, at(1))
    assert await standing(admin_engine) == {first, second}
    await desks.declare("hai", number, at(1), at(3, 11))
    await check(worker_engine, at(2))
    assert await standing(admin_engine) == {first, second}


async def test_a_stay_moved_by_years_settles_those_it_leaves(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Twice in one house there is no flag, only nights that count once."""
    number, mistyped = fresh_number(), at(1) - timedelta(days=200)
    before = await desks.declare("lan", number, mistyped, mistyped + timedelta(days=9))
    # Left in the small hours of the third day and back before the morning: one night of two stays.
    left = (mistyped + timedelta(days=3)).replace(hour=3)
    await desks.change("lan", before, Depart(departed_at=left), left)
    back = left + timedelta(hours=2)
    moved = await desks.declare("lan", number, back, back + timedelta(days=4))
    await check(worker_engine, at(1))
    night_of = vietnam_time(mistyped + timedelta(days=2)).date()
    assert await superseded(admin_engine) == {before: night_of, moved: None}
    right = Amend(arrived_at=at(1), planned_departure_at=at(3, 11))
    await desks.change("lan", moved, right, at(2))
    await check(worker_engine, at(2))
    assert await superseded(admin_engine) == {before: None, moved: None}
    moved_to = await rows(admin_engine, "SELECT arrival_date FROM stay WHERE id = :id", id=moved)
    assert [row.arrival_date for row in moved_to] == [date(2026, 3, 1)]


async def standing(engine: AsyncEngine) -> set[UUID]:
    return {row.stay_id for row in await flags(engine, CHECK_ID) if row.closed_at is None}
