"""The ward's night at a glance: who sleeps here, how full it is, and who has not declared."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Select, case, func, not_, select, text

from asm.accounts.access import Scope
from asm.analytics.in_force import percent
from asm.analytics.night_houses import guests_by_house, houses_tonight
from asm.db.base import vietnam_time
from asm.db.statements import read_statements
from asm.facilities.nights import night_or_current
from asm.facilities.scope import require_ward
from asm.stays.model import stay
from asm.stays.ward_then import WardThen, stay_in, ward_then

_SQL = read_statements(__name__)
_NEWEST = text(_SQL["newest"])
#: Most houses have declared somebody within so long before the night.
_LATELY: Final = timedelta(days=31)
#: A standby may lag. Who declared since would be called silent: beyond this nobody is.
FRESH: Final = timedelta(seconds=60)
#: So long after the planned departure somebody whom nobody checked out counts as overdue. Who
#: checks nobody out would count for ever; each such stay has its flag (`overstay`).
OVERDUE_FOR: Final = timedelta(days=31)
#: What a standby has received; nothing on the primary, which has all. One that has received no
#: transaction since it started knows of a checkpoint alone: what was so then, it has.
_AT_CHECKPOINT: Final = (
    select(func.pg_control_checkpoint().table_valued("checkpoint_time").c.checkpoint_time)
).scalar_subquery()
_RECEIVED: Final = case(
    (
        func.pg_is_in_recovery(),
        func.coalesce(
            func.pg_last_xact_replay_timestamp(),
            _AT_CHECKPOINT,
            type_=DateTime(timezone=True),
        ),
    )
)


class FacilityTonight(msgspec.Struct, frozen=True, kw_only=True):
    """An active facility. `declared`: a stay covers the night or use by the hour was declared.
    `last_declared_at`: when its newest guest was declared, None when it never declared.
    `quiet_said_at`: when it said "no guests" for the night, if it did.
    """

    id: UUID
    name: str
    kind: str
    phone: str | None
    closed: bool
    declared: bool
    guests: int
    last_declared_at: datetime | None
    quiet_said_at: datetime | None = None


class Tonight(msgspec.Struct, frozen=True, kw_only=True):
    """One night of one ward, as registered up to `as_of`.

    Net occupancy takes rooms in service tonight, of active facilities that are not closed:
    `bed_occupancy_percent` = `guests_in_beds` / `beds_open` (above 100 with extra beds), where
    `guests_in_beds` are the guests of facilities that have told their rooms. `facilities_active`
    leaves out those closed tonight. `conflicts`: guests also declared in a later place, not in
    `guests`. `hourly_today`: uses by the hour, and stays that ended on the day they began.
    `overdue_departures`: guests whom nobody checked out, up to a month past their planned
    departure. `late`: stays of the night that were declared after their hour. `nationalities` of
    the foreigners, of which `most_from` is the most frequent.

    Of those expected, `declared` have a stay for the night, `quiet` have none and said "no guests",
    `silent` said nothing. `as_of` is when the figures were so: on a standby what it has received by
    then. When that is older than FRESH, `certain` is False, and nobody may be called silent.
    """

    ward_code: str
    night: date
    as_of: datetime
    guests: int
    foreigners: int
    hourly_today: int
    beds_open: int
    guests_in_beds: int
    bed_occupancy_percent: float | None
    rooms_open: int
    rooms_occupied: int
    room_occupancy_percent: float | None
    facilities_active: int
    facilities_declared: int
    coverage_percent: float | None
    conflicts: int
    overdue_departures: int
    declared: list[FacilityTonight]
    silent: list[FacilityTonight]
    quiet: list[FacilityTonight] = []
    certain: bool = True
    late: int = 0
    nationalities: int = 0
    most_from: str | None = None


async def ward_tonight(
    scope: Scope, ward_code: str, night: date | None = None, *, newest_too: bool = True
) -> Tonight:
    """Exact figures of a night (default: the current one; before 08:00 the evening before).
    Without `newest_too` no facility has `last_declared_at`: pages ask for it of what they list.

    For the ward's own officer only: raises `ward_not_found` for everyone else, Invalid as
    `night_or_current`.
    """
    require_ward(scope.actor, ward_code)
    night = night_or_current(night, scope.actor.now)
    ward = await ward_then(scope.session, ward_code)
    # Asked for before anything is read: it is never too late.
    as_of = await received_until(scope)
    overdue = await scope.session.execute(_overdue(ward, night, scope.actor.now))
    by_house = {
        row.facility_id: row for row in await scope.session.execute(guests_by_house(ward, night))
    }
    houses = (await scope.session.execute(houses_tonight(ward, night))).all()
    newest = (
        await newest_declared(scope, [house.id for house in houses], night) if newest_too else {}
    )
    facilities = [_facility(house, by_house.get(house.id), newest) for house in houses]
    expected = [each for each in facilities if not each.closed]
    declared = [each for each in expected if each.declared]
    others = [each for each in expected if not each.declared]
    return Tonight(
        ward_code=ward_code,
        night=night,
        as_of=as_of,
        certain=scope.actor.now - as_of <= FRESH,
        **_people(by_house.values()),
        **_occupancy(houses, by_house),
        facilities_active=len(expected),
        facilities_declared=len(declared),
        coverage_percent=percent(len(declared), len(expected)),
        overdue_departures=overdue.scalar_one(),
        declared=declared,
        silent=[each for each in others if each.quiet_said_at is None],
        quiet=[each for each in others if each.quiet_said_at is not None],
    )


async def received_until(scope: Scope) -> datetime:
    """Up to when what is read now is complete: now, or on a standby what it has received."""
    received = (await scope.session.execute(select(_RECEIVED.label("at")))).scalar_one()
    return min(scope.actor.now, vietnam_time(received or scope.actor.now))


async def newest_declared(
    scope: Scope, houses: Collection[UUID], night: date
) -> dict[UUID, datetime | None]:
    """When the newest guest of each house was declared; None for one that never declared."""
    if not houses:
        return {}
    given = {"houses": list(houses), "near": night - _LATELY}
    return {row.id: row.declared_at for row in await scope.session.execute(_NEWEST, given)}


def _facility(house: Any, stays: Any, newest: Mapping[UUID, datetime | None]) -> FacilityTonight:
    return FacilityTonight(
        id=house.id,
        name=house.name,
        kind=house.kind,
        phone=house.phone,
        closed=house.closed,
        declared=stays is not None,
        guests=stays.guests if stays is not None else 0,
        last_declared_at=newest.get(house.id),
        quiet_said_at=house.quiet_said_at,
    )


def _people(by_house: Collection[Any]) -> dict[str, Any]:
    """The seven figures of `Tonight` about people."""
    foreign = Counter(code for each in by_house for code in each.nationalities or ())
    counted = sum(each.guests for each in by_house)
    return {
        "guests": counted,
        "foreigners": sum(each.foreigners for each in by_house),
        "hourly_today": sum(each.hourly for each in by_house),
        "conflicts": sum(each.asleep for each in by_house) - counted,
        "late": sum(each.late for each in by_house),
        "nationalities": len(foreign),
        "most_from": min(foreign, key=lambda code: (-foreign[code], code)) if foreign else None,
    }


def _occupancy(houses: Sequence[Any], by_house: Mapping[UUID, Any]) -> dict[str, Any]:
    """The six figures of `Tonight` about beds and rooms, over houses with rooms open."""
    roomy = [house for house in houses if house.rooms and not house.closed]
    stays = [by_house[house.id] for house in roomy if house.id in by_house]
    beds = sum(house.beds for house in roomy)
    rooms = sum(house.rooms for house in roomy)
    occupied = sum(each.occupied for each in stays)
    in_beds = sum(each.guests for each in stays)
    return {
        "beds_open": beds,
        "guests_in_beds": in_beds,
        "bed_occupancy_percent": percent(in_beds, beds),
        "rooms_open": rooms,
        "rooms_occupied": occupied,
        "room_occupancy_percent": percent(occupied, rooms),
    }


def _overdue(ward: WardThen, night: date, now: datetime) -> Select[Any]:
    return select(func.count()).where(
        # By the index of a ward's ends, or the figure would read all that ever came.
        stay.c.end_night.between(night - OVERDUE_FOR, night + timedelta(days=1)),
        stay.c.voided_at.is_(None),
        stay_in(ward, night),
        stay.c.departed_at.is_(None),
        stay.c.planned_departure_at < now,
        not_(stay.c.hourly),
    )
