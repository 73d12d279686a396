"""Papers that a published rule doubted when the stay was declared: expired, or at odds with
themselves. The stay remembers the ids of the rules; what they were about stays sealed.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements

CHECK_ID: Final = "doubtful-paper"
SEVERITY: Final = "medium"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_doubtful_paper(session: AsyncSession, batch: Batch) -> None:
    """Settle the changed stays: the rules looked at a corrected guest anew."""
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "rules": "rules",
    },
    run=check_doubtful_paper,
)
