"""A guest whose planned departure has passed and whom nobody has checked out or extended."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
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


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Quá ngày dự kiến rời đi",
    title_en="Past the planned departure",
    looks_at=(
        "Giờ dự kiến rời đi đã qua 12 giờ mà chưa ai ghi trả phòng, gia hạn hay hủy. Không tính "
        "nghỉ theo giờ, và khách đã được khai báo ở nơi khác sau đó."
    ),
    looks_at_en=(
        "The planned departure passed 12 hours ago, and nobody entered a departure, an extension "
        "or a withdrawal. Use by the hour does not count, nor a guest declared elsewhere since."
    ),
    explanation=(
        "Khách đã quá ngày dự kiến rời đi mà cơ sở chưa ghi trả phòng. Thường là quên ghi; nếu "
        "khách còn ở, cơ sở phải gia hạn. Cảnh báo tự đóng khi cơ sở ghi trả phòng hoặc gia hạn."
    ),
    explanation_en=(
        "The guest was to leave and the facility has entered no departure. Mostly it was "
        "forgotten; if the guest is still there, the stay must be extended. The flag closes itself "
        "once a departure or an extension is entered."
    ),
    shows=(
        Shown(
            key="planned_departure_at",
            label="Dự kiến rời đi",
            label_en="Planned departure",
            form="moment",
        ),
        Shown(key="room", label="Phòng", label_en="Room"),
    ),
    run=check_overstay,
    timed=Timed(every=timedelta(minutes=10), run=find_overstays),
)
