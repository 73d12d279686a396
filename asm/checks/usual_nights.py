"""What is usual for a facility on a night like this one: plain counts, no model.

Looked at are the same weekday of the last eight weeks, and of three weeks around this one a year
ago, for the season. On how many of them did new guests arrive? Nights before the facility was
active and nights on which it was closed are not looked at.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import Statements, read_statements

WEEKS: Final = tuple(range(7, 57, 7))
YEAR_AGO: Final = (357, 364, 371)
#: Fewer nights than this say nothing about a weekday.
NIGHTS_ENOUGH: Final = 4
VALUES: Final[dict[str, Any]] = {"ago": [*WEEKS, *YEAR_AGO], "enough": NIGHTS_ENOUGH}
#: Statements and fragments: `active_since`, `usual` and `expected` take what VALUES gives.
USUAL: Final[Statements] = read_statements(__name__)
_OF_SOME = text(USUAL["of_some"])


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """Of `recent_nights` like this one new guests came on `recent_declared`, `usual_guests` of them
    on average; the same a year ago. `expected`: on three of four recent ones, and in season (half
    of those a year ago, where there are any to look at).
    """

    recent_nights: int
    recent_declared: int
    year_ago_nights: int
    year_ago_declared: int
    usual_guests: int
    expected: bool


async def usual_nights(
    session: AsyncSession, facilities: Sequence[UUID], night: date
) -> dict[UUID, Usual]:
    """What is usual for each of `facilities`; those are missing that were not active before."""
    if not facilities:
        return {}
    values = VALUES | {"facilities": list(facilities), "night": night}
    rows = await session.execute(_OF_SOME, values)
    return {row["id"]: msgspec.convert(dict(row), Usual) for row in rows.mappings()}
