"""Papers that a published rule doubted when the stay was declared: expired, or at odds with
themselves. The stay remembers the ids of the rules; what they were about stays sealed.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements

CHECK_ID: Final = "doubtful-paper"
SEVERITY: Final = "medium"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_doubtful_paper(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays: a corrected guest was judged anew."""
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Giấy tờ hết hạn hoặc đáng ngờ",
    title_en="Expired or doubtful papers",
    looks_at=(
        "Các quy tắc về giấy tờ đã cảnh báo khi khai báo: CMND hết giá trị, hộ chiếu quá hạn, mã "
        "nơi sinh, giới tính hoặc năm sinh không khớp số định danh, số sai độ dài, tuổi trên 120."
    ),
    looks_at_en=(
        "What the rules about papers warned of when it was declared: an ended CMND, an expired "
        "passport, birth place, sex or birth year at odds with the number, a wrong length, an age "
        "over 120."
    ),
    explanation=(
        "Khi khai báo, giấy tờ của khách có điểm không khớp hoặc hết hạn. Thường là nhập nhầm; hãy "
        "đề nghị cơ sở đối chiếu lại với giấy tờ. Cảnh báo tự đóng khi thông tin được sửa đúng "
        "hoặc khai báo bị hủy."
    ),
    explanation_en=(
        "When it was declared, something about the guest's papers did not fit or had expired. "
        "Mostly it was mistyped; ask the facility to compare with the papers again. The flag "
        "closes itself when the details are corrected or the declaration is voided."
    ),
    shows=(Shown(key="rules", label="Điểm đáng ngờ", label_en="What was doubted", form="rules"),),
    run=check_doubtful_paper,
)
