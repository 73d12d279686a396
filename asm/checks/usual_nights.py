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

WEEKS: Final = tuple(range(7, 57, 7))
YEAR_AGO: Final = (357, 364, 371)
#: Fewer nights than this say nothing about a weekday.
NIGHTS_ENOUGH: Final = 4

#: To be filled with where the facilities come from: `place` (id, active_since as a date). A night
#: begins at 08:00, as arrivals are counted; the index on (facility_id, arrived_at) finds each.
USUAL: Final = """
SELECT place.id,
  CAST(count(*) FILTER (WHERE ago < 100) AS integer) AS recent_nights,
  CAST(count(*) FILTER (WHERE ago < 100 AND came.guests > 0) AS integer) AS recent_declared,
  CAST(count(*) FILTER (WHERE ago > 100) AS integer) AS year_ago_nights,
  CAST(count(*) FILTER (WHERE ago > 100 AND came.guests > 0) AS integer) AS year_ago_declared,
  CAST(coalesce(round(avg(came.guests) FILTER (WHERE ago < 100 AND came.guests > 0)), 0) AS integer)
    AS usual_guests
FROM place
CROSS JOIN unnest(CAST(:ago AS integer[])) AS ago
CROSS JOIN LATERAL (SELECT CAST(:night AS date) - ago AS night) AS past
CROSS JOIN LATERAL (
  SELECT count(*) AS guests FROM stay
  WHERE stay.facility_id = place.id AND stay.voided_at IS NULL
    AND stay.arrived_at >= (past.night + time '08:00') AT TIME ZONE 'Asia/Ho_Chi_Minh'
    AND stay.arrived_at < (past.night + 1 + time '08:00') AT TIME ZONE 'Asia/Ho_Chi_Minh'
    AND stay.arrival_date BETWEEN past.night AND past.night + 1
) AS came
WHERE place.active_since <= past.night AND NOT EXISTS (
  SELECT FROM closure WHERE closure.facility_id = place.id
    AND closure.starts_on <= past.night AND closure.ends_on > past.night
)
GROUP BY place.id
"""
#: SQL: the date since which a facility is active.
ACTIVE_SINCE: Final = (
    "CAST(coalesce(facility.decided_at, facility.registered_at) "
    "AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)"
)
#: SQL over the columns of USUAL: is a night without guests unlike this facility?
EXPECTED: Final = """recent_nights >= :enough AND recent_declared * 4 >= recent_nights * 3
  AND (year_ago_nights < 2 OR year_ago_declared * 2 >= year_ago_nights)"""
VALUES: Final[dict[str, Any]] = {"ago": [*WEEKS, *YEAR_AGO], "enough": NIGHTS_ENOUGH}

_OF_SOME = text(f"""
WITH place AS (
  SELECT facility.id, {ACTIVE_SINCE} AS active_since FROM facility
  WHERE facility.id = ANY(CAST(:facilities AS uuid[]))
), usual AS ({USUAL})
SELECT usual.*, {EXPECTED} AS expected FROM usual
""")  # noqa: S608 -- all parts are constants above


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
