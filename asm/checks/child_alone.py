"""A child of whom no adult is to be seen: neither declared together with it nor in its room.

Who was declared together is one request on one day. Hotel software may send each guest alone, so
whoever of full age shares the child's room for one of its nights is company too, and so is a guest
whose birth date nobody told: he may be of age.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
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


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "room": "text",
        "child_below": "number",
        "adult_from": "number",
    },
    run=check_child_alone,
)
