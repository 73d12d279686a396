"""Somebody came to a house that the ward had suspended. They must be declared (Residence Law Art.
30), and the ward hears that the house takes guests.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.db.statements import read_statements

CHECK_ID: Final = "declared-while-suspended"
SEVERITY: Final = "medium"

_SQL = read_statements(__name__, SETTLING)
_SYNC = text(_SQL["settle"])


async def check_while_suspended(session: AsyncSession, batch: Batch) -> None:
    """Bring the flags of the changed stays to what these say now, in one statement. Only who came
    while the suspension held counts: who was there before may stay.
    """
    await session.execute(_SYNC, batch.values | {"check": CHECK_ID, "severity": SEVERITY})


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={"suspended_since": "day", "arrived_on": "day", "room": "text"},
    run=check_while_suspended,
)
