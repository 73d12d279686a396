"""A facility that declares late again and again: on three days of one calendar month."""

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

CHECK_ID: Final = "facility-often-late"
SEVERITY: Final = "medium"
#: Days of one month with a late declaration, from which on it is no accident.
LATE_DAYS: Final = 3
#: In time for so long, the facility has mended its ways.
FORGIVEN_AFTER: Final = timedelta(days=30)

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])
_CLOSE = text("""
UPDATE flag SET closed_at = clock_timestamp()
WHERE check_id = :check AND closed_at IS NULL
  AND CAST(evidence ->> 'last_late_at' AS timestamptz) <= CAST(:forgiven AS timestamptz)
""")


async def check_often_late(session: AsyncSession, batch: Batch) -> None:
    """Count the late days of every facility and month that the changed stays belong to."""
    terms = {"days": LATE_DAYS, "forgiven": batch.now - FORGIVEN_AFTER}
    await session.execute(_SYNC, batch.values | terms | {"check": CHECK_ID, "severity": SEVERITY})


async def forgive(engine: AsyncEngine, due: TimeWindow) -> int:
    """Close the flags of facilities that have been in time since."""
    async with one_transaction(engine) as session:
        await take_turn(session)
        closed = await session.execute(
            _CLOSE, {"check": CHECK_ID, "forgiven": due.now - FORGIVEN_AFTER}
        )
    count: int = closed.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "month": "text",
        "late_days": "number",
        "late_guests": "number",
        "last_late_at": "moment",
    },
    run=check_often_late,
    timed=Timed(every=timedelta(hours=6), run=forgive),
)
