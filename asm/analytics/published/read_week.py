"""Read a week of totals, as the worker."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.published.week import BedRow, GuestRow, WeekCounts
from asm.db.base import vietnam_time
from asm.db.statements import read_statements
from asm.errors import Conflict, Invalid, invalid_field

_SQL: Final = read_statements(__name__)
_GUESTS: Final = text(_SQL["guests"])
_BEDS: Final = text(_SQL["beds"])
_STATE: Final = text(_SQL["state"])
_PROVINCES: Final = text(_SQL["provinces"])
#: Nights are provisional for so long (statistics.md); a week's last night is older when it is out.
FINAL_AFTER_DAYS: Final = 7


def monday_of(week: str) -> date:
    """The Monday of `2026-W46`. Raises Invalid `week_invalid`."""
    year, separator, number = week.partition("-W")
    if not separator or not (year.isdecimal() and len(year) == 4 and number.isdecimal()):
        raise invalid_field("/week", "week_invalid")
    try:
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise invalid_field("/week", "week_invalid") from error


def week_name(monday: date) -> str:
    """The ISO week that begins on this Monday, as `2026-W46`."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


def newest_final(now: datetime) -> date:
    """The Monday of the newest week whose nights are all older than FINAL_AFTER_DAYS."""
    today = vietnam_time(now).date()
    last = today - timedelta(days=FINAL_AFTER_DAYS + 1)
    return last - timedelta(days=(last.weekday() + 1) % 7 + 6)


async def read_week(session: AsyncSession, monday: date, now: datetime) -> WeekCounts:
    """The week's counts. Raises Invalid `week_not_final` for a week whose last night is not older
    than FINAL_AFTER_DAYS, Conflict `totals_behind` where the totals do not reach it, or
    stays of before there were totals are still being counted.
    """
    sunday = monday + timedelta(days=6)
    if monday > newest_final(now):
        raise Invalid("week_not_final", final_on=sunday + timedelta(days=FINAL_AFTER_DAYS + 1))
    reached = (await session.execute(_STATE)).scalar_one_or_none()
    if reached is None or reached < sunday:
        raise Conflict("totals_behind", needed=sunday)
    span = {"first": monday, "last": sunday}
    guests = await session.execute(_GUESTS, span)
    beds = await session.execute(_BEDS, span)
    provinces = await session.execute(_PROVINCES)
    return WeekCounts(
        monday=monday,
        provinces={row.code: row.name for row in provinces},
        guests=[GuestRow(**row) for row in guests.mappings()],
        beds=[BedRow(**row) for row in beds.mappings()],
    )
