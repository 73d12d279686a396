"""More guests than beds: in a room, or in the whole house, for a night.

Looked at are the nights on which somebody's stay begins, since a house can only become fuller then;
a longer crowd is one flag, on its first night. Children under fourteen do not count: they share
their parents' bed. Houses that have told no rooms are left alone.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.flags.sync import SETTLING
from asm.checks.one_person.overlaps import OPEN_STAY
from asm.db.statements import read_statements

CHECK_ID: Final = "more-guests-than-beds"
SEVERITY: Final = "medium"
#: Rooms that one flag names; `rooms_over` counts all.
ROOMS_SHOWN: Final = 20

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_crowded(session: AsyncSession, batch: Batch) -> None:
    """Count guests and beds for the nights that the changed stays touch, and for those that are
    flagged in their houses.
    """
    terms = {"open_days": OPEN_STAY.days, "rooms_shown": ROOMS_SHOWN}
    await session.execute(_SYNC, batch.values | terms | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Nhiều khách hơn chỗ ngủ",
    title_en="More guests than beds",
    looks_at=(
        "Số khách từ 14 tuổi đăng ký ở qua một đêm so với chỗ ngủ đã khai: từng phòng và cả cơ sở. "
        "Không tính nghỉ theo giờ và khai báo đã hủy; mỗi người tính một lần. Cơ sở chưa khai "
        "phòng thì bỏ qua."
    ),
    looks_at_en=(
        "Guests of 14 and over registered for a night against the bed-places told: in each room "
        "and in the whole house. Use by the hour and voided declarations do not count; each person "
        "counts once. Houses that told no rooms are left out."
    ),
    explanation=(
        "Số khách đăng ký nhiều hơn chỗ ngủ. Có thể khách cũ chưa được ghi trả phòng, nhập nhầm số "
        "phòng, hoặc cơ sở nhận quá số người. Cảnh báo tự đóng khi số khách không còn vượt."
    ),
    explanation_en=(
        "More guests are registered than there are bed-places. Earlier guests may not be checked "
        "out, a room may be mistyped, or the house takes too many people. The flag closes itself "
        "when there are no more guests than beds."
    ),
    shows=(
        Shown(key="night", label="Đêm", label_en="Night", form="day"),
        Shown(key="guests", label="Khách từ 14 tuổi", label_en="Guests of 14 and over",
              form="number"),
        Shown(key="beds", label="Chỗ ngủ của cơ sở", label_en="Bed-places of the house",
              form="number"),
        Shown(key="rooms_over", label="Số phòng vượt", label_en="Rooms over", form="number"),
        Shown(key="rooms", label="Phòng: khách / chỗ ngủ", label_en="Room: guests / beds",
              form="rooms"),
    ),
    run=check_crowded,
)  # fmt: skip
