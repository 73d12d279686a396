"""A foreigner whose permitted stay ends before the planned departure, or who is there after it."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import PASSING, Timed, TimeWindow, raise_passing
from asm.db.base import vietnam_time
from asm.db.statements import read_statements

CHECK_ID: Final = "permitted-stay-ends"
SEVERITY: Final = "high"

# The last permitted day may still be spent here. Where a departure is planned it decides, however
# long ago: a guest who was to leave in time and was not checked out is another check's.
_SQL = read_statements(__name__, SETTLING, PASSING)
_SYNC = text(_SQL["settle"])
_RAISE = text(_SQL["raise_passing"])
_FLAG = {"check": CHECK_ID, "severity": SEVERITY}


async def check_permitted_stay(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays: the dates as they are told now decide."""
    await session.execute(_SYNC, batch.values | _FLAG | {"today": vietnam_time(batch.now).date()})


async def find_ended_permits(engine: AsyncEngine, due: TimeWindow) -> int:
    """Raise a flag for each foreigner without a planned departure whose permitted stay ended."""
    today = vietnam_time(due.now).date()
    span = (vietnam_time(due.since).date() - timedelta(days=2), today - timedelta(days=1))
    return await raise_passing(engine, _RAISE, span, {**_FLAG, "today": today})


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "permitted_until": "day",
        "planned_departure_at": "moment",
        "departed_at": "moment",
        "room": "text",
    },
    run=check_permitted_stay,
    timed=Timed(every=timedelta(hours=1), run=find_ended_permits),
)
