"""A guest without papers: declared all the same, and shown to the ward at once (Residence Law Art.
30). The flag closes itself when papers are given or the stay is voided; leaving does not close it.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements

CHECK_ID: Final = "guest-without-papers"
SEVERITY: Final = "high"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_no_papers(session: AsyncSession, batch: Batch) -> None:
    """Bring the flags of the changed stays to what these say now, in one statement."""
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    run=check_no_papers,
)
