"""An event's nights beside the same weekdays before it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import head_for, head_of, read_coverage
from asm.analytics.seasons.holidays import holidays_in
from asm.analytics.seasons.nightly import KnownNights, nightly_guests
from asm.errors import invalid_field

LONGEST_EVENT: Final = 31
WEEKS_BEFORE: Final = 4
WEEK: Final = timedelta(days=7)


class EventNight(msgspec.Struct, frozen=True, kw_only=True):
    """`usual`: the mean of guest nights on `compared_with`, one decimal; None without any."""

    night: date
    guest_nights: int
    usual: float | None
    more_percent: float | None
    compared_with: list[date]


class EventComparison(AreaAnswer, frozen=True, kw_only=True):
    """`usual` and `more_percent` of all nights that have something to be compared with."""

    nights: list[EventNight]
    guest_nights: int
    usual: float | None
    more_percent: float | None


async def compare_event(
    scope: Scope,
    area: Area,
    span: Span,
    narrowing: Narrowing = EVERYTHING,
    known: KnownNights | None = None,
) -> EventComparison:
    """The nights of the span (at most 31, those that are counted) against the same weekdays of the
    four weeks before it. Left out there: holidays, the night before one, and nights that are not
    counted. `known`: as `nightly_guests` takes it. Raises as `require_area`, Invalid
    `event_too_long`.
    """
    if span.nights > LONGEST_EVENT:
        raise invalid_field("/last", "event_too_long", nights=span.nights, most=LONGEST_EVENT)
    head = await head_for(scope, area, span, narrowing)
    before = Span(first=span.first - WEEKS_BEFORE * WEEK, last=span.last)
    guests = await nightly_guests(scope, head, before, known)
    slept = {night: each.guest_nights for night, each in guests.items()}
    since = min(slept, default=span.first)
    usual = _usual_nights(before, since)
    until = head.reach.counted_to
    nights = [
        _beside(night, slept, [each for each in usual if _comparable(each, night, span)])
        for night in span.each()
        if until is not None and night <= until
    ]
    compared = [each for each in nights if each.usual is not None]
    whole = sum(each.guest_nights for each in compared)
    usually = sum(each.usual for each in compared if each.usual is not None)
    return EventComparison(
        **head_of(scope, head, await read_coverage(scope, area, span, narrowing)),
        nights=nights,
        guest_nights=sum(each.guest_nights for each in nights),
        usual=round(usually, 1) if compared else None,
        more_percent=_more(whole, usually),
    )


def _usual_nights(before: Span, since: date) -> list[date]:
    """Neither a holiday nor the night before one (its guests come for it), from the first night
    with a guest on.
    """
    around = Span(first=before.first, last=before.last + timedelta(days=1))
    holidays = {each.day for each in holidays_in(around)}
    return [
        night
        for night in before.each()
        if night >= since and not {night, night + timedelta(days=1)} & holidays
    ]


def _comparable(usual: date, night: date, event: Span) -> bool:
    return usual < event.first and usual.weekday() == night.weekday()


def _beside(night: date, slept: Mapping[date, int], usual: list[date]) -> EventNight:
    here = slept.get(night, 0)
    mean = sum(slept.get(each, 0) for each in usual) / len(usual) if usual else None
    return EventNight(
        night=night,
        guest_nights=here,
        usual=None if mean is None else round(mean, 1),
        more_percent=_more(here, mean),
        compared_with=usual,
    )


def _more(here: int, usual: float | None) -> float | None:
    return round(100 * (here - usual) / usual, 1) if usual else None
