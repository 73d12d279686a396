"""A foreigner whose permitted stay ends before the planned departure, or who is there after it."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
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


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Hết hạn được phép ở trước khi rời đi",
    title_en="The permitted stay ends before the departure",
    looks_at=(
        "Ngày hết hạn tạm trú của người nước ngoài sớm hơn ngày rời đi (đã ghi hoặc dự kiến); nếu "
        "không ghi dự kiến thì so với hôm nay khi khách còn ở. Ngày cuối cùng vẫn được ở."
    ),
    looks_at_en=(
        "A foreigner's permitted stay ends before the day of departure (entered or planned); where "
        "none was told, before today while the guest is there. The last day may still be spent."
    ),
    explanation=(
        "Theo khai báo, khách nước ngoài sẽ còn ở sau ngày được phép. Có thể nhập nhầm ngày, hoặc "
        "khách cần gia hạn tạm trú ở cơ quan xuất nhập cảnh. Cảnh báo tự đóng khi ngày được sửa "
        "hoặc khách rời đi đúng hạn."
    ),
    explanation_en=(
        "By what was declared, the foreign guest stays beyond the permitted day. A date may have "
        "been mistyped, or the stay needs an extension from immigration. The flag closes itself "
        "when the dates are corrected or the guest leaves in time."
    ),
    shows=(
        Shown(
            key="permitted_until", label="Được phép ở đến", label_en="Permitted until", form="day"
        ),
        Shown(
            key="planned_departure_at",
            label="Dự kiến rời đi",
            label_en="Planned departure",
            form="moment",
        ),
        Shown(key="departed_at", label="Đã rời đi", label_en="Departed", form="moment"),
        Shown(key="room", label="Phòng", label_en="Room"),
    ),
    run=check_permitted_stay,
    timed=Timed(every=timedelta(hours=1), run=find_ended_permits),
)
