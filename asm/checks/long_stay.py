"""A stay that reaches the length at which it is temporary residence (Residence Law 68/2020 Art.
27): from thirty days on another procedure applies, and the stay is flagged, never refused.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import PASSING, Timed, TimeWindow, raise_passing
from asm.db.base import VIETNAM, vietnam_time
from asm.db.statements import read_statements
from asm.stays.rules.dated import STAY_CAPS, on

CHECK_ID: Final = "stay-reaches-30-days"
SEVERITY: Final = "medium"

_SQL = read_statements(__name__, SETTLING, PASSING)
_SYNC = text(_SQL["settle"])
_RAISE = text(_SQL["raise_passing"])
_FLAG = {"check": CHECK_ID, "severity": SEVERITY}


async def check_long_stay(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays. A planned stay counts at once, one without a plan by its days."""
    today = vietnam_time(batch.now).date()
    terms = {"today": today, "cap": on(today, STAY_CAPS).days}
    await session.execute(_SYNC, batch.values | _FLAG | terms)


async def find_long_stays(engine: AsyncEngine, due: TimeWindow) -> int:
    """Raise a flag for each stay without a planned departure that has reached its thirtieth day."""
    today = vietnam_time(due.now).date()
    cap = on(today, STAY_CAPS).days
    end_of_day = datetime.combine(today + timedelta(days=1), time(), VIETNAM).astimezone(UTC)
    span = (due.since - timedelta(days=cap + 1), end_of_day - timedelta(days=cap, microseconds=1))
    return await raise_passing(engine, _RAISE, span, {**_FLAG, "today": today, "cap": cap})


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "arrived_on": "day",
        "reached_on": "day",
        "planned_departure_at": "moment",
        "room": "text",
    },
    run=check_long_stay,
    timed=Timed(every=timedelta(hours=1), run=find_long_stays),
)
