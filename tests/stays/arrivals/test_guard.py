"""The database's own guard, for a writer that forgets; and that it says what the rule says."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import make_sessions
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.periods import Period, overlap, period_of
from tests.checks.desks import Desks, at, fresh_number
from tests.stays.rules.test_same_arrival import told

_COPY = text("""
INSERT INTO stay SELECT (row).* FROM (
  SELECT jsonb_populate_record(stay, jsonb_build_object('id', gen_random_uuid(),
    'arrived_at', CAST(:arrives AS timestamptz),
    'arrival_date', CAST(:arrives AS timestamptz)::date)) AS row
  FROM stay WHERE id = :id) AS copied
""")
_COUNT = text("SELECT count(*) FROM stay WHERE voided_at IS NULL")


async def test_the_database_says_what_the_rule_says(admin_session: AsyncSession) -> None:
    base = datetime(2026, 11, 10, 15, 30, tzinfo=VIETNAM)
    spans = [None, *(timedelta(hours=h) for h in (0, 1, 8, 20, 21, 30, 45, 400))]
    for planned, left, hourly in product(spans, (None, timedelta(hours=5)), (False, True)):
        entry = told(
            arrived_at=base,
            planned_departure_at=None if planned is None else base + planned,
            hourly=hourly,
        )
        departed_at = left and base + left
        said = await admin_session.execute(
            text("SELECT stay_ends(:arrived, :planned, :left, :hourly)"),
            {
                "arrived": base, "planned": entry.planned_departure_at, "left": departed_at,
                "hourly": hourly,
            },
        )  # fmt: skip
        assert said.scalar_one() == period_of(entry, departed_at).ends_at
    hours = [base + timedelta(hours=h) for h in range(4)]
    for one, two, three, four in product(hours, repeat=4):
        said = await admin_session.execute(
            text("SELECT stays_overlap(:a, :b, :c, :d)"),
            {"a": one, "b": two, "c": three, "d": four},
        )
        assert said.scalar_one() is overlap(Period(one, two), Period(three, four))


async def test_a_writer_that_forgets_is_refused(desks: Desks, admin_engine: AsyncEngine) -> None:
    stay = await desks.declare("lan", fresh_number(), at(1), at(3, 11))
    async with make_sessions(admin_engine)() as session:
        with pytest.raises(IntegrityError, match="overlaps"):
            await session.execute(_COPY, {"id": stay, "arrives": at(2)})
        await session.rollback()
        await session.execute(_COPY, {"id": stay, "arrives": at(4)})
        assert (await session.execute(_COUNT)).scalar_one() == 2


CHANGES: dict[str, tuple[str, bool]] = {
    "stays longer": ("planned_departure_at = planned_departure_at + interval '3 days'", False),
    "came earlier, in another month": (
        "arrived_at = arrived_at - interval '10 days', arrival_date = arrival_date - 10",
        True,
    ),
    "came so early that another stay is met there": (
        "arrived_at = arrived_at - interval '22 days', arrival_date = arrival_date - 22",
        False,
    ),
    "left": ("departed_at = planned_departure_at - interval '1 day'", True),
    "another ward": ("ward_code = 'x'", True),
}


@pytest.mark.parametrize(("change", "passes"), CHANGES.values(), ids=CHANGES)
async def test_a_change_into_another_stay_is_refused(
    desks: Desks, admin_engine: AsyncEngine, change: str, *, passes: bool
) -> None:
    number = fresh_number()
    first = await desks.declare("lan", number, at(1), at(3, 11))
    await desks.declare("lan", number, at(4), at(6, 11))
    await desks.declare("lan", number, at(-21), at(-19, 11))
    update = text(f"UPDATE stay SET {change} WHERE id = :id")
    async with make_sessions(admin_engine)() as session:
        values: dict[str, Any] = {"id": first}
        if passes:
            await session.execute(update, values)
        else:
            with pytest.raises(IntegrityError, match="overlaps"):
                await session.execute(update, values)
