"""Two stays of one document too far apart for the time between them.

The distance is the straight line between the two facilities on the globe, by PostGIS. What is
plausible is generous: by road at 100 km/h without a detour, or by air at 800 km/h with an hour and
a half on the ground. Below ten kilometres hours are told too roughly to say anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.one_person.overlaps import KnownStay, in_a_row
from asm.checks.one_person.pair_flags import PairFlag, sync_pair_flags

CHECK_ID: Final = "too-fast-between-stays"
SEVERITY: Final = "medium"
ROAD_KM_H: Final = 100
AIR_KM_H: Final = 800
ON_THE_GROUND: Final = timedelta(minutes=90)
NEAR_KM: Final = 10
#: No journey within the country needs longer.
LONGEST: Final = timedelta(hours=6)

_DISTANCES = text("""
SELECT a.id AS one, b.id AS other,
  ST_Distance(CAST(a.point AS geography), CAST(b.point AS geography)) / 1000 AS km
FROM unnest(CAST(:ones AS uuid[]), CAST(:others AS uuid[])) AS pair (one, other)
JOIN facility AS a ON a.id = pair.one
JOIN facility AS b ON b.id = pair.other
""")


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """From when the guest was last known to be at `first`, to the arrival at `second`."""

    first: KnownStay
    second: KnownStay
    left_at: datetime

    @property
    def took(self) -> timedelta:
        return self.second.arrived_at - self.left_at


def journeys(stays: Sequence[KnownStay]) -> list[Journey]:
    """Pairs of stays of one person, one after the other, at two facilities, close in time. Pure.

    A departure that was entered tells how long somebody was there, if it is not after the next
    arrival; a planned one tells nothing.
    """
    short_journeys = []
    for first, second in in_a_row(stays):
        departed = first.departed_at
        stayed = departed is not None and departed <= second.arrived_at
        left_at = departed if departed is not None and stayed else first.arrived_at
        journey = Journey(first=first, second=second, left_at=left_at)
        if first.facility_id != second.facility_id and journey.took < LONGEST:
            short_journeys.append(journey)
    return short_journeys


def time_needed(km: float) -> timedelta:
    """The least plausible time for a straight line of so many kilometres. Pure."""
    if km < NEAR_KM:
        return timedelta()
    by_air = ON_THE_GROUND + timedelta(hours=km / AIR_KM_H)
    return min(timedelta(hours=km / ROAD_KM_H), by_air)


async def sync_travel_flags(
    session: AsyncSession, batch: Batch, known: Sequence[KnownStay]
) -> None:
    """Settle the flags of the changed stays and of those that come before and after them."""
    travelled = journeys(known)
    distances = await _distances(session, travelled)
    flags: list[PairFlag] = []
    for journey in travelled:
        km = distances.get((journey.first.facility_id, journey.second.facility_id), 0.0)
        if journey.took < time_needed(km):
            flags += _both_sides(journey, km)
    await sync_pair_flags(session, CHECK_ID, batch, known, flags)


async def _distances(
    session: AsyncSession, travelled: Sequence[Journey]
) -> dict[tuple[UUID, UUID], float]:
    pairs = list({(journey.first.facility_id, journey.second.facility_id) for journey in travelled})
    if not pairs:
        return {}
    values = {"ones": [pair[0] for pair in pairs], "others": [pair[1] for pair in pairs]}
    rows = await session.execute(_DISTANCES, values)
    return {(row.one, row.other): row.km for row in rows}


def _both_sides(journey: Journey, km: float) -> list[PairFlag]:
    # Rounded to ten kilometres: enough to judge by, too rough to find the other house.
    evidence: dict[str, Any] = {
        "distance_km": round(km / 10) * 10,
        "minutes_between": round(journey.took.total_seconds() / 60),
        "minutes_needed": round(time_needed(km).total_seconds() / 60),
    }
    sides = ((journey.first, journey.second), (journey.second, journey.first))
    return [
        PairFlag(severity=SEVERITY, own=own, other=other, evidence=evidence) for own, other in sides
    ]


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "distance_km": "number",
        "minutes_between": "minutes",
        "minutes_needed": "minutes",
        "other_ward_code": "ward",
        "other_stay_id": "stay",
    },
)
