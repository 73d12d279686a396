"""Dates and times as people type them at a desk: 27/3/1990, 27-3-90, 27.3.1990, 270390."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from asm.db.base import VIETNAM, vietnam_time
from asm.intake.sheets.cell_dates import read_year_alone
from asm.intake.two_digit_years import Expected, full_date

_PARTS: Final = re.compile(r"\s*(\d{1,2})\s*[/\-. ]\s*(\d{1,2})\s*[/\-. ]\s*(\d{4}|\d{2})\s*")
_ISO: Final = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*")
_RUN: Final = re.compile(r"\s*(\d{2})(\d{2})(\d{4}|\d{2})\s*")
_YEAR: Final = re.compile(r"\s*(\d{4})\s*")
_TIME: Final = re.compile(r"\s*(\d{1,2})\s*[:hg.]?\s*(\d{2})?\s*", re.IGNORECASE)


def read_day(text: str, *, today: date, expected: Expected = "stay") -> date | None:
    """The day that `text` means, day before month; None when it means none.

    A two-digit year is one that the field can mean (`asm.intake.two_digit_years`); 31/12/99 is no
    day of an arrival or of a permit.
    """
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
        return _day(year, month, day)
    match = _PARTS.fullmatch(text) or _RUN.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    if len(match.group(3)) == 4:
        return _day(year, month, day)
    return full_date(year, month, day, today=today, expected=expected)


def read_birth_date(text: str, *, today: date) -> tuple[date, Literal["day", "year"]] | None:
    """A birth date; a year alone is 1 January of it, as some passports print, and so is one beside
    a day that nobody knows (00/00/1990).
    """
    if match := _YEAR.fullmatch(text):
        day = _day(int(match.group(1)), 1, 1)
        return (day, "year") if day else None
    if year := read_year_alone(text, today=today):
        return year, "year"
    birth_date = read_day(text, today=today, expected="birth")
    return (birth_date, "day") if birth_date else None


def no_such_day(text: str) -> tuple[str, int] | None:
    """`31/2/1990` for a day that is written well and that its month does not have, with the last
    day that it has (0 where there is no such month); None for everything else.
    """
    match = _ISO.fullmatch(text) or _PARTS.fullmatch(text) or _RUN.fullmatch(text)
    if match is None:
        return None
    year, month, day = match.groups() if _ISO.fullmatch(text) else reversed(match.groups())
    shown = f"{int(day)}/{int(month)}/{year}"
    if not 1 <= int(month) <= 12:
        return shown, 0
    # Of a year in two digits, nobody knows here which one is meant: 2000 has the longest February.
    last = monthrange(max(int(year), 1) if len(year) == 4 else 2000, int(month))[1]
    return None if 1 <= int(day) <= last else (shown, last)


def read_time(text: str) -> time | None:
    """A time of day: 21:05, 21h05, 21h, 2105; None when it is none."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match.group(1)), int(match.group(2) or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def latest_moment(clock: time, now: datetime, *, ahead: timedelta) -> datetime:
    """When it was `clock` in Vietnam for the last time, `ahead` of now at most: what an hour
    without a day means. After midnight 23:40 is the evening before.
    """
    limit = vietnam_time(now + ahead)
    moment = datetime.combine(limit.date(), clock, VIETNAM)
    return moment if moment <= limit else moment - timedelta(days=1)


def nearest_moment(clock: time, now: datetime) -> datetime:
    """The `clock` in Vietnam nearest to now: what an hour of arrival without a day means. At 00:10
    23:40 is the evening before, at 11:00 18:00 is the coming evening; of two as near, the earlier.
    """
    today = datetime.combine(vietnam_time(now).date(), clock, VIETNAM)
    return min((today + timedelta(days=days) for days in (-1, 0, 1)), key=lambda at: abs(at - now))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
