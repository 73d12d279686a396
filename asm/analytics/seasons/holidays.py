"""Vietnam's public holidays by date, lunar ones computed by Vietnam's clock.

From the package `holidays`, whose lunar dates are Vietnam's also where China's differ (2007, 2030,
2053). Its names follow the machine's language unless one is stated, so both are stated, and what a
day is goes by its date; days off in lieu are there as the government announced them, for the years
that it has.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from asm.analytics.questions.span import Span

if TYPE_CHECKING:
    from holidays import HolidayBase

#: By the sun: month and day.
_FIXED: Final = {
    (1, 1): "new_year",
    (4, 30): "reunification",
    (5, 1): "labour",
    (9, 1): "national",
    (9, 2): "national",
    (9, 3): "national",
    (11, 24): "culture",
}
#: Nobody's Tết begins earlier or ends later than so many days around its first.
_TET_BEFORE, _TET_AFTER = 3, 7
#: As the package names the first of the first lunar month, and the tenth of the third.
_TET_NAME: Final = "Lunar New Year"
_KINGS_NAME: Final = "Hung Kings' Commemoration Day"
#: In the English names of days off in lieu: month first.
_US_DATE: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A day off. `id`: `new_year`, `tet`, `hung_kings`, `reunification`, `labour`, `national`,
    `culture`, or `day_off` (in lieu of another). `name`: as the law says, in Vietnamese. `lunar`:
    by the moon.
    """

    day: date
    id: str
    name: str
    name_en: str
    lunar: bool


def holidays_in(span: Span) -> list[Holiday]:
    """The days off of the span, oldest first; a day that is two holidays stands once."""
    years = range(span.first.year, span.last.year + 1)
    days = [each for year in years for each in _of_year(year) if each.day in span]
    return sorted(days, key=lambda each: each.day)


@lru_cache(maxsize=256)
def tet_of(year: int) -> date:
    """The first day of the lunar year that begins in this calendar year (January or February)."""
    (day,) = [day for day, name in _package(year, "en_US").items() if name == _TET_NAME]
    return day


@lru_cache(maxsize=64)
def _of_year(year: int) -> tuple[Holiday, ...]:
    vietnamese, english = _package(year, "vi"), _package(year, "en_US")
    days = []
    for day, name in sorted(vietnamese.items()):
        what = _what(day, english[day])
        days.append(
            Holiday(
                day=day,
                id=what,
                name=name,
                name_en=_US_DATE.sub(r"\3-\1-\2", english[day]),
                lunar=what in ("tet", "hung_kings"),
            )
        )
    return tuple(days)


def _what(day: date, name_en: str) -> str:
    tet = tet_of(day.year)
    if tet - timedelta(days=_TET_BEFORE) <= day <= tet + timedelta(days=_TET_AFTER):
        return "tet"
    if name_en == _KINGS_NAME:
        return "hung_kings"
    return _FIXED.get((day.month, day.day), "day_off")


def _package(year: int, language: str) -> "HolidayBase":
    # Brings along a catalogue of every country: loaded by who asks for a holiday first.
    from holidays import country_holidays  # noqa: PLC0415 -- most processes never need it

    return country_holidays("VN", years=year, language=language)
