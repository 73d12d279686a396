"""The ward's night at a glance: who sleeps here, how full it is, and who has not declared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Select, and_, case, distinct, func, not_, select, true

from asm.accounts.access import Scope
from asm.analytics.in_force import (
    active_on,
    closed_on,
    counted_on,
    declared_on,
    facility_in,
    guests,
    live_on,
    percent,
    sleeps_on,
)
from asm.db.base import vietnam_time
from asm.facilities.model import facility, room
from asm.facilities.nights import night_or_current
from asm.facilities.rooms import open_on
from asm.facilities.scope import require_ward
from asm.stays.model import stay
from asm.stays.statements.model import quiet_night
from asm.stays.ward_then import WardThen, stay_in, stays_overnight, ward_then

#: A standby may lag. Who declared since would be called silent: beyond this nobody is.
FRESH: Final = timedelta(seconds=60)
#: So long after the planned departure somebody whom nobody checked out counts as overdue. Who
#: checks nobody out would count for ever; each such stay has its flag (`overstay`).
OVERDUE_FOR: Final = timedelta(days=31)
#: What a standby has received; nothing on the primary, which has all.
_RECEIVED: Final = case(
    (func.pg_is_in_recovery(), func.pg_last_xact_replay_timestamp(type_=DateTime(timezone=True)))
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


async def ward_tonight(scope: Scope, ward_code: str, night: date | None = None) -> Tonight:
    """Exact figures of a night (default: the current one; before 08:00 the evening before).

    For the ward's own officer only: raises `ward_not_found` for everyone else, Invalid as
    `night_or_current`.
    """
    require_ward(scope.actor, ward_code)
    night = night_or_current(night, scope.actor.now)
    ward = await ward_then(scope.session, ward_code)
    people = (await scope.session.execute(_people(ward, night))).one()
    overdue = await scope.session.execute(_overdue(ward, night, scope.actor.now))
    capacity = (await scope.session.execute(_capacity(ward, night))).all()
    rows = await scope.session.execute(facilities_tonight(ward, night))
    facilities = [FacilityTonight(**row) for row in rows.mappings()]
    expected = [each for each in facilities if not each.closed]
    declared = [each for each in expected if each.declared]
    others = [each for each in expected if not each.declared]
    as_of = min(scope.actor.now, vietnam_time(people.as_of or scope.actor.now))
    return Tonight(
        ward_code=ward_code,
        night=night,
        as_of=as_of,
        certain=scope.actor.now - as_of <= FRESH,
        guests=people.guests,
        foreigners=people.foreigners,
        hourly_today=people.hourly,
        **_occupancy(capacity, facilities),
        facilities_active=len(expected),
        facilities_declared=len(declared),
        coverage_percent=percent(len(declared), len(expected)),
        conflicts=people.conflicts,
        overdue_departures=overdue.scalar_one(),
        declared=declared,
        silent=[each for each in others if each.quiet_said_at is None],
        quiet=[each for each in others if each.quiet_said_at is not None],
        late=people.late,
        nationalities=people.nationalities,
        most_from=people.most_from,
    )


def _occupancy(capacity: Sequence[Any], facilities: list[FacilityTonight]) -> dict[str, Any]:
    """The six figures of `Tonight` about beds and rooms."""
    beds = sum(row.beds for row in capacity)
    rooms = sum(row.rooms for row in capacity)
    occupied = sum(row.occupied for row in capacity)
    with_rooms = {row.facility_id for row in capacity}
    # A person's reference belongs to one facility, so the guests of facilities add up.
    in_beds = sum(each.guests for each in facilities if each.id in with_rooms)
    return {
        "beds_open": beds,
        "guests_in_beds": in_beds,
        "bed_occupancy_percent": percent(in_beds, beds),
        "rooms_open": rooms,
        "rooms_occupied": occupied,
        "room_occupancy_percent": percent(occupied, rooms),
    }


def _people(ward: WardThen, night: date) -> Select[Any]:
    counts: tuple[Any, ...] = (
        guests(counted_on(night)).label("guests"),
        guests(counted_on(night), stay.c.foreigner).label("foreigners"),
        func.count().filter(stay.c.first_night == night, not_(stays_overnight())).label("hourly"),
        # Who has come back to the same house counts there, in the later of the two stays.
        (guests(sleeps_on(night)) - guests(counted_on(night))).label("conflicts"),
        func.count().filter(stay.c.on_time.is_(False)).label("late"),
        func.count(distinct(stay.c.nationality))
        .filter(counted_on(night), stay.c.foreigner)
        .label("nationalities"),
        func.mode()
        .within_group(stay.c.nationality)
        .filter(counted_on(night), stay.c.foreigner)
        .label("most_from"),
        _RECEIVED.label("as_of"),
    )
    return select(*counts).where(live_on(ward, night), declared_on(night))


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


def _capacity(ward: WardThen, night: date) -> Select[Any]:
    taken = (
        select(stay.c.facility_id, stay.c.room_name)
        .where(live_on(ward, night), counted_on(night))
        .distinct()
        .subquery("taken")
    )
    return (
        select(
            room.c.facility_id,
            func.count().label("rooms"),
            func.sum(room.c.beds).label("beds"),
            func.count(taken.c.facility_id).label("occupied"),
        )
        .select_from(room)
        .join(facility, facility.c.id == room.c.facility_id)
        .outerjoin(
            taken,
            and_(taken.c.facility_id == room.c.facility_id, taken.c.room_name == room.c.name),
        )
        .where(
            facility_in(ward, night),
            active_on(night),
            not_(closed_on(night)),
            open_on(night),
        )
        .group_by(room.c.facility_id)
    )


def facilities_tonight(ward: WardThen, night: date) -> Select[Any]:
    """SQL: rows of `FacilityTonight`, of every facility active in the ward that night, by name."""
    declaring = (
        select(stay.c.facility_id, guests(counted_on(night)).label("guests"))
        .where(live_on(ward, night), declared_on(night))
        .group_by(stay.c.facility_id)
        .subquery("declaring")
    )
    # The index on (facility_id, arrived_at) finds one row per facility, however long its history.
    newest = (
        select(stay.c.received_at.label("last_declared_at"))
        .where(stay.c.facility_id == facility.c.id, stay.c.voided_at.is_(None))
        .order_by(stay.c.arrived_at.desc(), stay.c.id.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(
            facility.c.id,
            facility.c.name,
            facility.c.kind,
            facility.c.phone,
            closed_on(night).label("closed"),
            declaring.c.facility_id.is_not(None).label("declared"),
            func.coalesce(declaring.c.guests, 0).label("guests"),
            newest.c.last_declared_at,
            quiet_night.c.said_at.label("quiet_said_at"),
        )
        .outerjoin(declaring, declaring.c.facility_id == facility.c.id)
        .outerjoin(newest, true())
        .outerjoin(
            quiet_night,
            and_(quiet_night.c.facility_id == facility.c.id, quiet_night.c.night == night),
        )
        .where(facility_in(ward, night), active_on(night))
        .order_by(facility.c.folded_name, facility.c.id)
    )
