"""What a stay covers in time, and whether two stays of one person overlap. Pure.

`stay_ends` and `stays_overlap` in the database say the same (migration 0026); a test holds them
together.
"""

from datetime import datetime, time, timedelta
from typing import Final, Protocol

import msgspec

from asm.stays.entry import TO_THE_MINUTE, TimePrecision
from asm.stays.rules.deadlines import VIETNAM, in_vietnam

#: Who planned to leave on a day is there until noon, whatever hour was told (doors take 12:00).
NOON: Final = time(12)
#: A visit by the hour whose end was not told is over after this long (rule `stay.hourly.long`).
HOURLY_AT_MOST: Final = timedelta(hours=24)
#: A stay that nobody ended and whose end was never told counts no longer than this.
OPEN_AT_MOST: Final = timedelta(days=400)
#: Hours are told in minutes; two that differ by less are one.
SAME_MOMENT: Final = timedelta(minutes=1)
#: A departure may be undone for so long after it was recorded, by the database's clock.
UNDO_DEPARTURE: Final = timedelta(hours=24)


class Hours(Protocol):
    """The hours of a stay as they were told, in an entry or in a row."""

    @property
    def arrived_at(self) -> datetime: ...
    @property
    def planned_departure_at(self) -> datetime | None: ...
    @property
    def hourly(self) -> bool: ...


class Period(msgspec.Struct, frozen=True):
    """From arrival to end, half open."""

    arrived_at: datetime
    ends_at: datetime


def period_of(hours: Hours, departed_at: datetime | None = None) -> Period:
    """From the arrival to the departure, else to the planned end."""
    return Period(hours.arrived_at, departed_at or planned_end(hours))


def possible_period(hours: Hours, precision: TimePrecision = TO_THE_MINUTE) -> Period:
    """What a declaration tells of its time: an arrival of a day alone is on no earlier hour than
    the end of that day, as far as others are concerned that began on another day.
    """
    period = period_of(hours)
    if precision.arrival != "day":
        return period
    begins = max(period.arrived_at, min(_day_after(hours.arrived_at), period.ends_at))
    return Period(begins, period.ends_at)


def earliest_arrival(hours: Hours, precision: TimePrecision) -> datetime:
    """The earliest moment that the told arrival can mean."""
    if precision.arrival != "day":
        return hours.arrived_at
    return datetime.combine(in_vietnam(hours.arrived_at).date(), time(), VIETNAM)


def _day_after(moment: datetime) -> datetime:
    return datetime.combine(in_vietnam(moment).date() + timedelta(days=1), time(), VIETNAM)


def planned_end(hours: Hours) -> datetime:
    """When a stay is over that nobody ended: by the hour at its planned hour, otherwise at noon of
    the planned day at the earliest. Raises ValueError for a time without a zone.
    """
    planned = hours.planned_departure_at
    if planned is None:
        return hours.arrived_at + (HOURLY_AT_MOST if hours.hourly else OPEN_AT_MOST)
    if hours.hourly:
        return planned
    return max(planned, datetime.combine(in_vietnam(planned).date(), NOON, VIETNAM))


def overlap(first: Period, second: Period) -> bool:
    """Whether both share a moment. Two that begin at one moment do, however short they are."""
    if first.arrived_at == second.arrived_at:
        return True
    return first.arrived_at < second.ends_at and second.arrived_at < first.ends_at


def same_moment(first: datetime, second: datetime) -> bool:
    """Whether two told hours mean one."""
    return abs(first - second) < SAME_MOMENT


def same_day(first: datetime, second: datetime) -> bool:
    """Whether both lie on one day in Vietnam."""
    return in_vietnam(first).date() == in_vietnam(second).date()
