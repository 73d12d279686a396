"""Which night it is. Night N begins on the evening of date N and ends at 08:00 of N + 1 (Vietnam):
who arrives between 00:00 and 07:59 sleeps the night of the date before.
"""

from datetime import date, datetime, time, timedelta

from asm.db.base import vietnam_time

MORNING = time(8)


def current_night(now: datetime) -> date:
    """The night in progress, or about to begin, at `now`."""
    local = vietnam_time(now)
    return local.date() - timedelta(days=1) if local.time() < MORNING else local.date()
