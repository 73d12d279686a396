"""Which nights a figure is of."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from asm.errors import invalid_field
from asm.facilities.nights import current_night

#: Three years and a month: what is kept of stays, and a month to compare it with.
LONGEST_NIGHTS: Final = 3 * 366 + 31
#: Corrections close after a week (statistics: provisional until then).
PROVISIONAL_DAYS: Final = 7
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Nights from `first` to `last`, both included; night N is the evening of date N."""

    first: date
    last: date

    @property
    def nights(self) -> int:
        """How many there are, at least 1."""
        return (self.last - self.first).days + 1

    @property
    def whole_months(self) -> bool:
        """From the first of a month to the last of one."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1

    def each(self) -> list[date]:
        """All of them, oldest first."""
        return [self.first + timedelta(days=offset) for offset in range(self.nights)]

    def __contains__(self, night: date) -> bool:
        return self.first <= night <= self.last


def span_between(first: date, last: date) -> Span:
    """Raises Invalid: `span_out_of_range`, `span_turned` (the end before the beginning),
    `span_too_long` (more than LONGEST_NIGHTS).
    """
    _in_range("/first", first)
    _in_range("/last", last)
    if last < first:
        raise invalid_field("/last", "span_turned", first=first, last=last)
    span = Span(first=first, last=last)
    if span.nights > LONGEST_NIGHTS:
        raise invalid_field("/last", "span_too_long", nights=span.nights, most=LONGEST_NIGHTS)
    return span


def read_span(first: str | None, last: str | None, now: datetime) -> Span:
    """What a filter's two fields (`YYYY-MM-DD`) say; one left out is thirty nights from the other,
    both left out the last thirty. Raises Invalid as `span_between`, and `day_malformed`.
    """
    begin, end = _day("/first", first), _day("/last", last)
    if begin is None and end is None:
        return last_nights(now, 30)
    if begin is None:
        begin = max((end or LAST_DAY) - timedelta(days=29), FIRST_DAY)
    if end is None:
        end = min(begin + timedelta(days=29), LAST_DAY)
    return span_between(begin, end)


def month_of(written: str) -> Span:
    """The nights of a calendar month written `YYYY-MM`. Raises Invalid `month_malformed`."""
    match = _MONTH.fullmatch(written)
    if match is None or not 1 <= int(match[2]) <= 12:
        raise invalid_field("/month", "month_malformed")
    year, month = int(match[1]), int(match[2])
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise invalid_field("/month", "span_out_of_range", first=FIRST_DAY, last=LAST_DAY)
    first = date(year, month, 1)
    return Span(first=first, last=first.replace(day=monthrange(year, month)[1]))


def last_nights(now: datetime, nights: int) -> Span:
    """The `nights` that end with last night, the newest that is over."""
    last = current_night(now) - timedelta(days=1)
    return Span(first=last - timedelta(days=nights - 1), last=last)


def provisional_from(now: datetime) -> date:
    """The first night whose corrections are not closed: it and all later ones are provisional."""
    return current_night(now) - timedelta(days=PROVISIONAL_DAYS)


def _day(pointer: str, written: str | None) -> date | None:
    if written is None or not written.strip():
        return None
    try:
        day = date.fromisoformat(written.strip())
    except ValueError:
        raise invalid_field(pointer, "day_malformed") from None
    # Before the other end is counted from it: the calendar ends there, too.
    return _in_range(pointer, day)


def _in_range(pointer: str, day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise invalid_field(pointer, "span_out_of_range", first=FIRST_DAY, last=LAST_DAY)
    return day
