"""A guest whose planned departure has passed and whom nobody has checked out or extended."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import PASSING, Timed, TimeWindow, raise_passing
from asm.db.statements import read_statements

CHECK_ID: Final = "overstay"
SEVERITY: Final = "low"
#: People leave late, and desks enter a departure in the evening.
GRACE: Final = timedelta(hours=12)

_SQL = read_statements(__name__, SETTLING, PASSING)
_SYNC = text(_SQL["settle"])
_RAISE = text(_SQL["raise_passing"])
_FLAG = {"check": CHECK_ID, "severity": SEVERITY}


async def check_overstay(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays: left, extended and voided ones close their flag."""
    await session.execute(_SYNC, batch.values | _FLAG | {"until": batch.now - GRACE})


async def find_overstays(engine: AsyncEngine, due: TimeWindow) -> int:
    """Raise a flag for each guest whose planned departure passed the grace since last time."""
    return await raise_passing(engine, _RAISE, (due.since - GRACE, due.now - GRACE), _FLAG)


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "planned_departure_at": "moment",
        "room": "text",
    },
    run=check_overstay,
    timed=Timed(every=timedelta(minutes=10), run=find_overstays),
)
