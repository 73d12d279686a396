"""A stay that reaches the length at which it is temporary residence (Residence Law 68/2020 Art.
27): from thirty days on another procedure applies, and the stay is flagged, never refused.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
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


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Lượt lưu trú đến 30 ngày",
    title_en="A stay reaches 30 days",
    looks_at=(
        "Từ ngày đến tới ngày dự kiến rời đi (hoặc tới hôm nay nếu không ghi) đủ 30 ngày, và khách "
        "chưa trả phòng. Khai dự kiến từ 30 ngày trở lên thì báo ngay."
    ),
    looks_at_en=(
        "From the arrival to the planned departure (to this day where none was told) it is 30 days "
        "or more, and the guest has not left. Planned for 30 days or more, it shows at once."
    ),
    explanation=(
        "Từ 30 ngày, việc ở không còn là lưu trú: phải đăng ký tạm trú (Luật Cư trú 68/2020/QH14, "
        "Điều 27). Hãy hướng dẫn cơ sở và khách. Cảnh báo tự đóng khi khách trả phòng hoặc dự kiến "
        "được sửa ngắn lại."
    ),
    explanation_en=(
        "From 30 days on it is temporary residence and must be registered as such (Residence Law "
        "68/2020 Art. 27). Tell the facility and the guest how. The flag closes itself when the "
        "guest leaves or the plan is shortened."
    ),
    shows=(
        Shown(key="arrived_on", label="Ngày đến", label_en="Arrival", form="day"),
        Shown(key="reached_on", label="Đủ 30 ngày", label_en="Thirty days", form="day"),
        Shown(
            key="planned_departure_at",
            label="Dự kiến rời đi",
            label_en="Planned departure",
            form="moment",
        ),
        Shown(key="room", label="Phòng", label_en="Room"),
    ),
    run=check_long_stay,
    timed=Timed(every=timedelta(hours=1), run=find_long_stays),
)
