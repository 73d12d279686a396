"""The sheet of paper for a walk to houses: where to, in which order, and why."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select

from asm.accounts.access import Scope
from asm.checks.flags.check import Check
from asm.checks.flags.model import flag
from asm.checks.registry import BY_ID
from asm.facilities.model import facility
from asm.facilities.nights import current_night
from asm.geo.model import degrees_of, ward
from asm.geo.points import Point
from asm.wards.evening.evening import silent_houses
from asm.wards.evening.silent import Silence, SilentHouse

#: So many fit on one sheet of A4.
MOST: Final = 12
#: Reasons of one house that are written out.
MOST_FLAGS: Final = 2
_EARTH_M: Final = 6_371_000


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why to go there. silent: it has not declared, though `guests` are usual; no_answer: called in
    vain; flag: what `check` raised, `count` times.
    """

    kind: Literal["silent", "no_answer", "flag"]
    guests: int = 0
    check: Check | None = None
    count: int = 1


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One house to go to; `metres` as the crow flies from the stop before, the first from the
    middle of the ward.
    """

    id: UUID
    name: str
    address_text: str
    phone: str | None
    point: Point
    metres: int
    reasons: list[Reason]


class PatrolSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The stops in order. `metres` between the first and the last; `left_out`: houses that did not
    fit on the sheet.
    """

    night: date
    stops: list[Stop]
    metres: int
    left_out: int


async def patrol_sheet(
    scope: Scope, ward_code: str, chosen: Collection[UUID] | None = None
) -> PatrolSheet:
    """For tonight: the `chosen` houses, or (None) who is to be called, who did not answer, and
    those with a flag of the highest severity. Of the ward's own officer; raises not_found.
    """
    silence = await silent_houses(scope, ward_code)
    flags = await _flags(scope, ward_code)
    reasons = _reasons(silence, flags)
    wanted = list(reasons) if chosen is None else list(dict.fromkeys(chosen))
    rows = await scope.session.execute(
        select(
            facility.c.id,
            facility.c.name,
            facility.c.address_text,
            facility.c.phone,
            *degrees_of(facility.c.point),
        ).where(facility.c.ward_code == ward_code, facility.c.id.in_(wanted))
    )
    # The more urgent come onto the sheet; the way is found afterwards.
    by_id = {row.id: row for row in rows}
    listed = [by_id[each] for each in wanted if each in by_id]
    start = (
        await scope.session.execute(
            select(*degrees_of(ward.c.centre)).where(ward.c.code == ward_code)
        )
    ).one()
    stops = _stops(listed[:MOST], Point(lat=start.lat, lon=start.lon), reasons)
    return PatrolSheet(
        night=current_night(scope.actor.now),
        stops=stops,
        metres=sum(stop.metres for stop in stops[1:]),
        left_out=max(0, len(listed) - MOST),
    )


def shortest_way(start: Point, points: Sequence[Point]) -> list[int]:
    """Indices of `points`, each time the nearest that is left: near enough for a dozen houses."""
    left, way, here = list(range(len(points))), [], start
    while left:
        nearest = min(left, key=lambda index: (metres_between(here, points[index]), index))
        left.remove(nearest)
        way.append(nearest)
        here = points[nearest]
    return way


def metres_between(here: Point, there: Point) -> int:
    """As the crow flies, on a sphere."""
    north, east = radians(there.lat - here.lat), radians(there.lon - here.lon)
    shrunk = cos(radians(here.lat)) * cos(radians(there.lat))
    half = sin(north / 2) ** 2 + shrunk * sin(east / 2) ** 2
    return round(2 * _EARTH_M * asin(sqrt(half)))


async def _flags(scope: Scope, ward_code: str) -> dict[UUID, dict[str, int]]:
    """How many open flags of the highest severity each house has, by check."""
    rows = await scope.session.execute(
        select(flag.c.facility_id, flag.c.check_id)
        .where(
            flag.c.ward_code == ward_code,
            flag.c.closed_at.is_(None),
            flag.c.dismissed_at.is_(None),
            flag.c.severity == "high",
            flag.c.check_id.in_(BY_ID),
        )
        .order_by(flag.c.raised_at.desc())
        .limit(1000)
    )
    counted: dict[UUID, dict[str, int]] = {}
    for row in rows:
        of_house = counted.setdefault(row.facility_id, {})
        of_house[row.check_id] = of_house.get(row.check_id, 0) + 1
    return counted


def _reasons(silence: Silence, flags: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, list[Reason]]:
    reasons: dict[UUID, list[Reason]] = {}
    for house in silence.to_call:
        reasons.setdefault(house.facility.id, []).append(_silent(house))
    for house in silence.called:
        if house.call and house.call.outcome == "no_answer":
            reasons.setdefault(house.facility.id, []).append(Reason(kind="no_answer"))
    for facility_id, checks in flags.items():
        reasons.setdefault(facility_id, []).extend(
            Reason(kind="flag", check=BY_ID[check_id], count=count)
            for check_id, count in list(checks.items())[:MOST_FLAGS]
        )
    return reasons


def _silent(house: SilentHouse) -> Reason:
    return Reason(kind="silent", guests=house.habit.usual_guests if house.habit else 0)


def _stops(rows: Sequence[Any], start: Point, reasons: Mapping[UUID, list[Reason]]) -> list[Stop]:
    points = [Point(lat=row.lat, lon=row.lon) for row in rows]
    stops, here = [], start
    for index in shortest_way(start, points):
        row = rows[index]
        stops.append(
            Stop(
                id=row.id,
                name=row.name,
                address_text=row.address_text,
                phone=row.phone,
                point=points[index],
                metres=metres_between(here, points[index]),
                reasons=reasons.get(row.id, []),
            )
        )
        here = points[index]
    return stops
