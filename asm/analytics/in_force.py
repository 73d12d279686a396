"""What counts: the conditions that every figure about nights shares.

Definitions: a guest night is one guest registered for one night (dates are counted, never 24-hour
spans); use by the hour makes none (`nights_of` decides what is), nor does a stay of one day, and
both are their own series; a guest who is declared in two places for one night counts in the later
one only, and the other is a conflict.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Date, and_, case, cast, distinct, func, not_, or_, select

from asm.db.base import VIETNAM
from asm.facilities.model import closure, facility, facility_ward_past
from asm.facilities.nights import MORNING
from asm.stays.model import stay
from asm.stays.queries import IN_HOUSE_DAYS
from asm.stays.ward_then import Night, WardThen, formerly_in, stay_in

_MORNING = datetime.combine(date.min, MORNING) - datetime.combine(date.min, time.min)


def facility_in(ward: WardThen, night: Night) -> ColumnElement[bool]:
    """Was the facility in the ward that night?"""
    since, past = facility.c.ward_since, facility_ward_past
    now = and_(facility.c.ward_code == ward.code, or_(since.is_(None), since <= night))
    if not ward.moved:
        return now
    then = (
        select(past.c.facility_id)
        .where(
            past.c.facility_id == facility.c.id,
            past.c.ward_code == ward.code,
            or_(past.c.valid_from.is_(None), past.c.valid_from <= night),
            past.c.valid_to > night,
        )
        .exists()
    )
    return or_(now, and_(facility.c.id.in_(ward.moved), then))


def live_in_ward(ward: WardThen, first: date, last: date) -> ColumnElement[bool]:
    """Stays of the ward, not voided, that may matter for a night from `first` to `last`."""
    # Stays without nights (by the hour) end on the date they begin. Who arrives after midnight
    # begins the night before: the second line follows from the first, and lets months be skipped.
    return and_(
        _of_ward(ward),
        stay.c.first_night <= last,
        stay.c.arrival_date <= last + timedelta(days=1),
        or_(and_(stay.c.end_night.is_(None), _begun(first, last)), stay.c.end_night >= first),
    )


def live_on(ward: WardThen, night: date) -> ColumnElement[bool]:
    """Stays, not voided, that may matter for one night, of facilities in the ward that night."""
    return and_(live_in_ward(ward, night, night), stay_in(ward, night))


def _of_ward(ward: WardThen) -> ColumnElement[bool]:
    return and_(
        or_(stay.c.ward_code == ward.code, formerly_in(ward))
        if ward.moved
        else stay.c.ward_code == ward.code,
        stay.c.voided_at.is_(None),
    )


def _begun(first: date, last: date) -> ColumnElement[bool]:
    earliest = first - timedelta(days=IN_HOUSE_DAYS)
    return and_(
        stay.c.first_night.between(earliest + timedelta(days=1), last),
        stay.c.arrival_date >= earliest,
    )


def sleeps_on(night: Night) -> ColumnElement[bool]:
    """Is the guest registered for the night? (Conflicts included.)"""
    return and_(
        stay.c.first_night <= night,
        or_(
            # As a column, a night may be any of the window: each stay has its own IN_HOUSE_DAYS.
            and_(stay.c.end_night.is_(None), stay.c.first_night + IN_HOUSE_DAYS > night),
            stay.c.end_night > night,
        ),
    )


def counted_on(night: Night) -> ColumnElement[bool]:
    """Does the stay count as a guest night, being the only place of its guest that night? On the
    nights after one elsewhere it counts again. The version before knew only the first such night,
    and from it on the stay did not count.
    """
    kept = func.lower(stay.c.nights_elsewhere) == stay.c.superseded_from
    elsewhere = case(
        (kept, stay.c.nights_elsewhere.contains(cast(night, Date))),
        else_=stay.c.superseded_from <= night,
    )
    return and_(sleeps_on(night), func.coalesce(not_(elsewhere), True))


def declared_on(night: Night) -> ColumnElement[bool]:
    """Does the stay show that its facility declared for the night (use by the hour too)?"""
    return or_(sleeps_on(night), stay.c.first_night == night)


def guests(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """SQL: people, each once, of the rows that fulfil the conditions."""
    return func.count(distinct(stay.c.person_ref)).filter(*conditions)


def active_on(night: Night) -> ColumnElement[bool]:
    """Was the facility active before the night was over, and not closed for good by then?"""
    since = func.coalesce(facility.c.decided_at, facility.c.registered_at)
    # The night in progress at that moment, as `current_night` tells it.
    first_active_night = func.date(func.timezone(VIETNAM.key, since) - _MORNING)
    return and_(
        facility.c.status.in_(("active", "closed")),
        first_active_night <= night,
        or_(facility.c.closed_on.is_(None), facility.c.closed_on > night),
    )


def closed_on(night: Night) -> ColumnElement[bool]:
    """Has the facility recorded a closure for the night?"""
    return (
        select(closure.c.id)
        .where(
            closure.c.facility_id == facility.c.id,
            closure.c.starts_on <= night,
            closure.c.ends_on > night,
        )
        .exists()
    )


def percent(part: int, whole: int) -> float | None:
    """`part` of `whole` in per cent with one decimal; None when there is no whole."""
    return round(100 * part / whole, 1) if whole else None
