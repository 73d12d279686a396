"""A guest who was declared after the deadline. That was decided once, when it was received, and the
declaration was taken all the same: the flag only tells the ward.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import Timed, TimeWindow, take_turn
from asm.db.session import one_transaction
from asm.db.statements import read_statements

CHECK_ID: Final = "declared-late"
SEVERITY: Final = "low"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


# An incident that was written down later excuses stays without an event of their own.
_CLOSE_EXCUSED = text("""
UPDATE flag SET closed_at = clock_timestamp() FROM stay_excuse
WHERE flag.facility_id = stay_excuse.facility_id AND flag.check_id = :check
  AND flag.subject = CAST(stay_excuse.stay_id AS text) AND flag.closed_at IS NULL
  AND stay_excuse.decided_at > CAST(:since AS timestamptz) - interval '1 hour'
""")


async def check_late_guest(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays: lateness is never recomputed, so only voiding and an excuse close a
    flag.
    """
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


async def close_excused(engine: AsyncEngine, due: TimeWindow) -> int:
    """Close the flags of what an incident has excused since the last time."""
    async with one_transaction(engine) as session:
        await take_turn(session)
        closed = await session.execute(_CLOSE_EXCUSED, {"check": CHECK_ID, "since": due.since})
    count: int = closed.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "due_at": "moment",
        "received_at": "moment",
        "late_minutes": "minutes",
    },
    run=check_late_guest,
    timed=Timed(every=timedelta(minutes=5), run=close_excused),
)
