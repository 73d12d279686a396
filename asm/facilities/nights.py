"""Which night it is. Night N begins on the evening of date N and ends at 08:00 of N + 1 (Vietnam):
who arrives between 00:00 and 07:59 sleeps the night of the date before.
"""

from datetime import date, datetime, time, timedelta

from asm.db.base import vietnam_time
from asm.errors import invalid_field

MORNING = time(8)
#: Nobody's records reach further back: the duty of today's wards begins in 2025, and records are
#: kept for 36 months.
FIRST_NIGHT = date(2020, 1, 1)
#: How far ahead a night may be asked for: a year and a day of the current one.
NIGHTS_AHEAD = timedelta(days=366)


def current_night(now: datetime) -> date:
    """The night in progress, or about to begin, at `now`."""
    local = vietnam_time(now)
    return local.date() - timedelta(days=1) if local.time() < MORNING else local.date()


def night_or_current(night: date | None, now: datetime) -> date:
    """`night`, or the current one for None. Raises Invalid `night_out_of_range` outside
    FIRST_NIGHT to NIGHTS_AHEAD, which also keeps every count of days within the calendar.
    """
    current = current_night(now)
    if night is None:
        return current
    last = current + NIGHTS_AHEAD
    if not FIRST_NIGHT <= night <= last:
        raise invalid_field("/night", "night_out_of_range", first=FIRST_NIGHT, last=last)
    return night
