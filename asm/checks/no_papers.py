"""A guest without papers: declared all the same, and shown to the ward at once (Residence Law Art.
30). The flag closes itself when papers are given or the stay is voided; leaving does not close it.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements

CHECK_ID: Final = "guest-without-papers"
SEVERITY: Final = "high"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_no_papers(session: AsyncSession, batch: Batch) -> None:
    """Bring the flags of the changed stays to what these say now, in one statement."""
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Khách không có giấy tờ",
    title_en="A guest without papers",
    looks_at=("Lượt lưu trú được khai là khách không có giấy tờ."),
    looks_at_en=("A stay declared for a guest who has no papers."),
    explanation=(
        "Cơ sở đã khai báo một khách không có giấy tờ. Khách vẫn được thông báo lưu trú; hãy "
        "liên hệ cơ sở để xác định khách là ai. Cảnh báo tự đóng khi cơ sở bổ sung giấy tờ "
        "hoặc hủy khai báo."
    ),
    explanation_en=(
        "The facility has declared a guest who has no papers. The stay is declared all the "
        "same; contact the facility to establish who the guest is. The flag closes itself once "
        "papers are given or the declaration is voided."
    ),
    run=check_no_papers,
)
