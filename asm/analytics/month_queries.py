"""The three statements behind the month: each reads the ward's stays once, for all nights."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Select, Subquery, and_, func, literal, not_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from asm.analytics.in_force import (
    active_on,
    closed_on,
    counted_on,
    declared_on,
    facility_in,
    live_in_ward,
)
from asm.facilities.model import facility
from asm.stays.model import stay
from asm.stays.ward_then import WardThen, stay_in, stays_overnight


def arrivals_query(ward: WardThen, first: date, last: date) -> Select[Any]:
    """Arrivals, and stays without a night (by the hour, or of one day): per night (`by_night`) and
    per place of residence.
    """
    arrived = stays_overnight()
    return (
        select(
            stay.c.first_night.label("night"),
            stay.c.residence_country,
            stay.c.residence_province,
            _by(stay.c.first_night),
            func.count().filter(arrived).label("arrivals"),
            func.count().filter(arrived, stay.c.tourism).label("tourism_arrivals"),
            func.count().filter(not_(arrived)).label("hourly"),
        )
        .where(
            live_in_ward(ward, first, last),
            stay_in(ward, stay.c.first_night),
            stay.c.voided_at.is_(None),
            stay.c.first_night.between(first, last),
            stay.c.arrival_date.between(first, last + timedelta(days=1)),
        )
        .group_by(
            func.grouping_sets(
                tuple_(stay.c.first_night),
                tuple_(stay.c.residence_country, stay.c.residence_province),
            )
        )
        # A place where people only came for the day is no origin of guests.
        .having((func.grouping(stay.c.first_night) == 0) | (func.count().filter(arrived) > 0))
    )


def guest_nights_query(ward: WardThen, first: date, last: date) -> Select[Any]:
    """Guest nights per night (`by_night`) and per place of residence; a guest whom one facility
    declared twice counts once a night, where the newer stay says.
    """
    nights = _nights(first, last)
    each = (
        select(nights.c.night, stay.c.residence_country, stay.c.residence_province, stay.c.tourism)
        .select_from(
            stay.join(nights, and_(counted_on(nights.c.night), stay_in(ward, nights.c.night)))
        )
        .where(live_in_ward(ward, first, last))
        .ext(distinct_on(nights.c.night, stay.c.person_ref))
        .order_by(nights.c.night, stay.c.person_ref, stay.c.first_night.desc(), stay.c.id.desc())
        .subquery("each_night")
    )
    return select(
        each.c.night,
        each.c.residence_country,
        each.c.residence_province,
        _by(each.c.night),
        func.count().label("guest_nights"),
        func.count().filter(each.c.tourism).label("tourism_guest_nights"),
    ).group_by(
        func.grouping_sets(
            tuple_(each.c.night), tuple_(each.c.residence_country, each.c.residence_province)
        )
    )


def coverage_query(ward: WardThen, first: date, last: date) -> Select[Any]:
    """Per night: facilities active and not closed, and how many of them declared."""
    nights = _nights(first, last)
    expected = (
        select(nights.c.night, facility.c.id)
        .select_from(facility.join(nights, active_on(nights.c.night)))
        .where(facility_in(ward, nights.c.night), not_(closed_on(nights.c.night)))
        .subquery("expected")
    )
    declaring = (
        select(nights.c.night, stay.c.facility_id)
        .select_from(
            stay.join(nights, and_(declared_on(nights.c.night), stay_in(ward, nights.c.night)))
        )
        .where(live_in_ward(ward, first, last))
        .distinct()
        .subquery("declaring")
    )
    return (
        select(
            expected.c.night,
            func.count().label("active"),
            func.count(declaring.c.facility_id).label("declared"),
        )
        .outerjoin(
            declaring,
            and_(declaring.c.night == expected.c.night, declaring.c.facility_id == expected.c.id),
        )
        .group_by(expected.c.night)
    )


def _nights(first: date, last: date) -> Subquery:
    step = func.generate_series(0, (last - first).days).column_valued("step")
    return select((literal(first, Date) + step).label("night")).subquery("nights")


def _by(night: Any) -> Any:
    """True in the rows that stand for a night, false in those for a place of residence."""
    return (func.grouping(night) == 0).label("by_night")
