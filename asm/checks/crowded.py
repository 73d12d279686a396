"""More guests than beds: in a room, or in the whole house, for a night.

Looked at are the nights on which somebody's stay begins, or goes on after nights that count
elsewhere, since a house can only become fuller then;
a longer crowd is one flag, on its first night. Children under fourteen do not count: they share
their parents' bed. Houses that have told no rooms are left alone.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
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


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "night": "day",
        "guests": "number",
        "beds": "number",
        "rooms_over": "number",
        "rooms": "rooms",
    },
    run=check_crowded,
)
