"""The database's own guard, for a writer that forgets; and that it says what the rule says."""

from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.periods import Period, overlap, period_of
from tests.stays.rules.test_same_arrival import declared


async def test_the_database_says_what_the_rule_says(admin_session: AsyncSession) -> None:
    base = datetime(2026, 11, 10, 15, 30, tzinfo=VIETNAM)
    spans = [None, *(timedelta(hours=h) for h in (0, 1, 8, 20, 21, 30, 45, 400))]
    for planned, left, hourly in product(spans, (None, timedelta(hours=5)), (False, True)):
        entry = declared(
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
    for first, second, third, fourth in product(hours, repeat=4):
        said = await admin_session.execute(
            text("SELECT stays_overlap(:a, :b, :c, :d)"),
            {"a": first, "b": second, "c": third, "d": fourth},
        )
        assert said.scalar_one() is overlap(Period(first, second), Period(third, fourth))
