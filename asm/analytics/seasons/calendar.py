"""The seasonality calendar: every night of a year, shaded, with the holidays."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.span import Span, span_between
from asm.analytics.questions.standing import head_for, head_of, read_coverage
from asm.analytics.seasons.holidays import Holiday, holidays_in
from asm.analytics.seasons.nightly import KnownNights, NightGuests, nightly_guests
from asm.errors import invalid_field

#: Shades of nights that have guests.
SHADES: Final = 4


class CalendarNight(msgspec.Struct, frozen=True, kw_only=True):
    """`shade`: 0 (no guest) to 4 (the busiest quarter of nights with guests); None and no counts:
    not counted yet.
    """

    night: date
    arrivals: int | None
    guest_nights: int | None
    shade: int | None
    holiday: Holiday | None


class SeasonCalendar(AreaAnswer, frozen=True, kw_only=True):
    """`busiest` and `quietest`: of nights that are counted, None without any."""

    year: int
    nights: list[CalendarNight]
    busiest: date | None
    quietest: date | None


async def season_calendar(
    scope: Scope,
    area: Area,
    year: int,
    narrowing: Narrowing = EVERYTHING,
    known: KnownNights | None = None,
) -> SeasonCalendar:
    """A calendar year. `known`: as `nightly_guests` takes it. Raises as `require_area`, Invalid
    `span_out_of_range` for the year.
    """
    span = year_span(year)
    head = await head_for(scope, area, span, narrowing)
    guests = await nightly_guests(scope, head, span, known)
    holidays = {each.day: each for each in holidays_in(span)}
    until = head.reach.counted_to
    counted = [each for each in span.each() if until is not None and each <= until]
    slept = {each: guests[each].guest_nights if each in guests else 0 for each in counted}
    bounds = shade_bounds(slept.values())
    return SeasonCalendar(
        **head_of(scope, head, await read_coverage(scope, area, span, narrowing)),
        year=year,
        nights=[
            _night(each, each in slept, guests.get(each), bounds, holidays.get(each))
            for each in span.each()
        ],
        busiest=max(counted, key=lambda each: (slept[each], -each.toordinal()), default=None),
        quietest=min(counted, key=lambda each: (slept[each], each), default=None),
    )


def year_span(year: int) -> Span:
    """Raises Invalid `span_out_of_range`."""
    if not 1 <= year <= 9999:
        raise invalid_field("/year", "span_out_of_range", first="2000", last="2099")
    return span_between(date(year, 1, 1), date(year, 12, 31))


def shade_bounds(guest_nights: Iterable[int]) -> list[int]:
    """From how many guest nights on each further shade begins: nights with guests are parted into
    SHADES of about equally many; equal nights are shaded alike.
    """
    busy = sorted(each for each in guest_nights if each)
    return [busy[len(busy) * part // SHADES] for part in range(1, SHADES)] if busy else []


def _night(
    night: date,
    counted: bool,  # noqa: FBT001 -- a fact of the night, beside its other facts
    guests: NightGuests | None,
    bounds: list[int],
    holiday: Holiday | None,
) -> CalendarNight:
    slept = guests.guest_nights if guests else 0
    shade = 1 + sum(slept >= bound for bound in bounds) if slept else 0
    return CalendarNight(
        night=night,
        arrivals=(guests.arrivals if guests else 0) if counted else None,
        guest_nights=slept if counted else None,
        shade=shade if counted else None,
        holiday=holiday,
    )
