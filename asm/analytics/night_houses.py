"""A ward's night by facility: the facilities of that night, and who sleeps in each.

The two are not joined on (facility, facility): row-level security makes the planner expect two
facilities where a ward has five hundred, and it would go through all that declared for each.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    distinct,
    func,
    literal,
    not_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from asm.analytics.in_force import (
    active_on,
    closed_on,
    counted_on,
    declared_on,
    facility_in,
    guests,
    live_on,
    sleeps_on,
)
from asm.facilities.model import facility, room
from asm.facilities.rooms import open_on
from asm.stays.model import stay
from asm.stays.statements.model import quiet_night
from asm.stays.ward_then import WardThen, stays_overnight


def facilities_tonight(ward: WardThen, night: date) -> Select[Any]:
    """SQL: id, name, kind, phone, closed, declared, guests and quiet_said_at of every facility
    active in the ward that night, by name.
    """
    declaring = (
        select(stay.c.facility_id, guests(counted_on(night)).label("guests"))
        .where(live_on(ward, night), declared_on(night))
        .group_by(stay.c.facility_id)
        .subquery("declaring")
    )
    # Apart, for it is asked for twice, and each time would be planned over all months of stays.
    by_house = (
        select(
            func.coalesce(
                func.jsonb_object_agg(declaring.c.facility_id, declaring.c.guests),
                literal({}, JSONB),
                type_=JSONB,
            ).label("guests")
        )
        .select_from(declaring)
        .cte("by_house")
        .prefix_with("MATERIALIZED")
    )
    guests_of = select(by_house.c.guests).scalar_subquery()
    of_house = guests_of.op("->>", return_type=Text())(cast(facility.c.id, Text))
    return _active(
        ward,
        night,
        of_house.is_not(None).label("declared"),
        func.coalesce(cast(of_house, BigInteger), 0).label("guests"),
    )


def houses_tonight(ward: WardThen, night: date) -> Select[Any]:
    """SQL: id, name, kind, phone, closed, quiet_said_at and the open `rooms` and `beds` of every
    facility active in the ward that night, by name.
    """
    capacity = (
        select(func.count().label("rooms"), func.coalesce(func.sum(room.c.beds), 0).label("beds"))
        .where(room.c.facility_id == facility.c.id, open_on(night))
        .correlate(facility)
        .lateral("capacity")
    )
    return _active(ward, night, capacity.c.rooms, capacity.c.beds).outerjoin(capacity, true())


def guests_by_house(ward: WardThen, night: date) -> Select[Any]:
    """SQL: of each facility that has stays of the ward's night: guests, foreigners, hourly, asleep,
    late, the open rooms that are occupied, and the nationalities of the stays of foreigners.

    A person's reference belongs to one facility, so people add up over facilities: the ward's stays
    are read once. With some twenty months of them each further time costs more to plan than to run.
    """
    counted = counted_on(night)
    foreign = and_(counted, stay.c.foreigner)
    by_day = and_(stay.c.first_night == night, not_(stays_overnight()))
    declaring = (
        select(
            stay.c.facility_id,
            guests(counted).label("guests"),
            guests(foreign).label("foreigners"),
            func.count().filter(by_day).label("hourly"),
            # Who has come back to the same house counts there, in the later of the two stays.
            guests(sleeps_on(night)).label("asleep"),
            func.count().filter(stay.c.on_time.is_(False)).label("late"),
            func.array_agg(stay.c.nationality).filter(foreign).label("nationalities"),
            func.array_agg(distinct(stay.c.room_name)).filter(counted).label("taken"),
        )
        .where(live_on(ward, night), declared_on(night))
        .group_by(stay.c.facility_id)
        .subquery("declaring")
    )
    occupied = (
        select(func.count())
        .where(
            room.c.facility_id == declaring.c.facility_id,
            room.c.name == func.any(declaring.c.taken),
            open_on(night),
        )
        .correlate(declaring)
        .scalar_subquery()
    )
    answered = [column for column in declaring.c if column.name != "taken"]
    return select(*answered, occupied.label("occupied"))


def _active(ward: WardThen, night: date, *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            facility.c.id,
            facility.c.name,
            facility.c.kind,
            facility.c.phone,
            closed_on(night).label("closed"),
            quiet_night.c.said_at.label("quiet_said_at"),
            *more,
        )
        .select_from(facility)
        .outerjoin(
            quiet_night,
            and_(quiet_night.c.facility_id == facility.c.id, quiet_night.c.night == night),
        )
        .where(facility_in(ward, night), active_on(night))
        .order_by(facility.c.folded_name, facility.c.id)
    )
