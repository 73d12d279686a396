"""A guest who was declared after the deadline. That was decided once, when it was received, and the
declaration was taken all the same: the flag only tells the ward.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
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


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Khai báo trễ hạn",
    title_en="Declared late",
    looks_at=(
        "Giờ tiếp nhận so với hạn, cả hai ghi một lần khi tiếp nhận và không tính lại. Trễ được "
        "miễn vì sự cố thì không tính."
    ),
    looks_at_en=(
        "The time received against the deadline; both were recorded once and stay. Lateness that "
        "an incident excuses does not count."
    ),
    explanation=(
        "Khách này được khai báo sau hạn. Khai báo vẫn được nhận và giấy tiếp nhận ghi rõ là trễ. "
        "Cảnh báo tự đóng khi cơ sở hủy khai báo hoặc việc trễ được miễn vì sự cố."
    ),
    explanation_en=(
        "This guest was declared after the deadline. The declaration was taken all the same, and "
        "its receipt says so. The flag closes itself when the declaration is voided or an incident "
        "excuses it."
    ),
    shows=(
        Shown(key="due_at", label="Hạn", label_en="Deadline", form="moment"),
        Shown(key="received_at", label="Tiếp nhận lúc", label_en="Received", form="moment"),
        Shown(key="late_minutes", label="Trễ", label_en="Late by", form="minutes"),
    ),
    run=check_late_guest,
    timed=Timed(every=timedelta(minutes=5), run=close_excused),
)
