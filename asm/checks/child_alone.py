"""A child of whom no adult is to be seen: neither declared together with it nor in its room.

Who was declared together is one request on one day. Hotel software may send each guest alone, so
whoever of full age shares the child's room for one of its nights is company too, and so is a guest
whose birth date nobody told: he may be of age.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements
from asm.stays.rules.ages import ADULT_FROM, CHILD_BELOW

CHECK_ID: Final = "child-without-adult"
SEVERITY: Final = "high"

# `child`: the changed children, and those near a changed stay, which may have lost or found their
# company with it: of the same request, or of a room it is or ever was in.
_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_child_alone(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed children and those whose company the changed stays are or were."""
    terms = {"child_below": CHILD_BELOW, "adult_from": ADULT_FROM}
    await session.execute(_SYNC, batch.values | terms | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Trẻ em không có người lớn đi cùng",
    title_en="A child without an adult",
    looks_at=(
        "Khách dưới 14 tuổi (tính ngày đến) mà không có ai từ 18 tuổi được khai báo cùng lần gửi, "
        "đến cùng ngày, hoặc ở cùng phòng trong cùng thời gian. Khách không rõ ngày sinh được coi "
        "là có thể đã đủ tuổi."
    ),
    looks_at_en=(
        "A guest under 14 on arrival, and nobody of 18 or over was declared in the same request "
        "for the same day, or is in the same room at that time. A guest whose birth date is not "
        "known may be of age."
    ),
    explanation=(
        "Chưa thấy người lớn đi cùng trẻ. Có thể người lớn chưa được khai báo hoặc khai ở phòng "
        "khác; hãy liên hệ cơ sở ngay để biết trẻ đi với ai. Cảnh báo tự đóng khi người lớn được "
        "khai báo cùng phòng, ngày sinh được sửa hoặc khai báo bị hủy."
    ),
    explanation_en=(
        "No adult is to be seen with the child. The adult may not be declared yet, or in another "
        "room; contact the facility at once to learn whom the child is with. The flag closes "
        "itself when an adult is declared in the room, the birth date is corrected or the "
        "declaration is voided."
    ),
    shows=(
        Shown(key="room", label="Phòng", label_en="Room"),
        Shown(
            key="child_below",
            label="Trẻ em: dưới (tuổi)",
            label_en="Child: under (years)",
            form="number",
        ),
        Shown(
            key="adult_from",
            label="Người lớn: từ (tuổi)",
            label_en="Adult: from (years)",
            form="number",
        ),
    ),
    run=check_child_alone,
)
