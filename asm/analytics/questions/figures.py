"""Figures of an area: night by night, and the sums."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.guests import guests_by, months_of
from asm.analytics.questions.measures import (
    AreaAnswer,
    Lateness,
    Lengths,
    Measures,
    NightFigures,
    Occupancy,
    Sums,
    TourismBeside,
    Verified,
)
from asm.analytics.questions.model import BY_GUEST
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.reckon import Counted, add_up, measures_of
from asm.analytics.questions.selects import corrections, counts_by, houses_by
from asm.analytics.questions.span import Span, provisional_from
from asm.analytics.questions.standing import Head, head_for, head_of
from asm.analytics.totals.model import COUNTS, HOUSES
from asm.geo.model import ward

#: What a night shows of its stays and of its facilities.
_OF_STAYS: Final = ("departures", "same_day", "hourly", "late")
_OF_HOUSES: Final = {
    "active": "facilities_active",
    "stayed": "facilities_stayed",
    "said": "facilities_said",
}
_OF_BEDS: Final = {
    "bed_nights_open": "beds_open",
    "known_nights": "known_nights",
    "room_nights_open": "rooms_open",
    "rooms_occupied": "rooms_occupied",
}


class Figures(AreaAnswer, frozen=True, kw_only=True):
    """`nights`: each night of the span up to `counted_to`, oldest first. `corrected_after`:
    arrivals or guest nights of the span that were changed after their week of corrections.
    `area_since`: the ward has its borders since then; earlier nights stand in the wards of those
    nights.
    """

    sums: Sums
    tourism: TourismBeside | None
    occupancy: Occupancy | None
    verified: Verified | None
    lateness: Lateness | None
    lengths: Lengths | None
    corrected_after: int | None
    area_since: date | None
    nights: list[NightFigures]


class FiguresByMonth(Figures, frozen=True, kw_only=True):
    """`nights`: sums of each month's nights that are in the span and counted, under the first of
    them.
    """


async def figures(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING
) -> Figures:
    """Exact figures of the area. Raises as `require_area`."""
    return Figures(**await _figures(scope, area, span, narrowing, "night"))


async def figures_by_month(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING
) -> FiguresByMonth:
    """The same, for spans of which nobody looks at each night. Raises as `require_area`."""
    return FiguresByMonth(**await _figures(scope, area, span, narrowing, "month"))


async def sums_beside(scope: Scope, answer: AreaAnswer, span: Span) -> Sums | None:
    """Sums of other nights of what an answer is of; None unless all of them are counted."""
    if answer.counted_to is None or span.last > answer.counted_to:
        return None
    area, narrowing = answer.area.area, answer.narrowing
    if narrowing.by_guest:
        months = months_of(span, answer.counted_to)
        query = guests_by(("tourism",), area, span, narrowing, months=months)
    else:
        query = counts_by(None, area, span, narrowing)
    rows = (await scope.session.execute(query)).mappings().all()
    return _total(rows, [], narrowing).sums


async def _figures(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing, by: str
) -> dict[str, Any]:
    head = await head_for(scope, area, span, narrowing)
    if narrowing.by_guest:
        months = months_of(span, head.reach.counted_to)
        query = guests_by((by, "tourism"), area, span, narrowing, months=months)
    else:
        query = counts_by(by, area, span, narrowing)
    stays = (await scope.session.execute(query)).mappings().all()
    houses = (await scope.session.execute(houses_by(by, area, span, narrowing))).mappings().all()
    total = _total(stays, houses, narrowing)
    return {
        **head_of(scope, head, total.coverage),
        "sums": total.sums,
        "tourism": total.tourism,
        "occupancy": total.occupancy,
        "verified": total.verified,
        "lateness": total.lateness,
        "lengths": total.lengths,
        "corrected_after": await _corrected(scope, area, span, narrowing),
        "area_since": await _since(scope, area),
        "nights": _series(head, provisional_from(scope.actor.now), by, stays, houses),
    }


def _total(stays: Sequence[Counted], houses: Sequence[Counted], narrowing: Narrowing) -> Measures:
    measured = BY_GUEST if narrowing.by_guest else COUNTS
    return measures_of(
        add_up((row for row in stays if row["tourism"]), measured),
        add_up((row for row in stays if not row["tourism"]), measured),
        add_up(houses, HOUSES),
        narrowing,
    )


def _series(
    head: Head, provisional: date, by: str, stays: Sequence[Counted], houses: Sequence[Counted]
) -> list[NightFigures]:
    """Nights without a row are nights with nothing to count, and are shown as such."""
    narrowing, counted_to = head.narrowing, head.reach.counted_to
    if counted_to is None or counted_to < head.span.first:
        return []
    measured = BY_GUEST if narrowing.by_guest else (*BY_GUEST, *_OF_STAYS)
    of_time = defaultdict[Any, list[Counted]](list)
    for row in stays:
        of_time[row[by]].append(row)
    house_of = {row[by]: row for row in houses}
    nothing = dict.fromkeys(HOUSES, 0)
    whole_stays = not narrowing.by_guest and narrowing.tourism is None
    shown = _OF_HOUSES | (_OF_BEDS if whole_stays else {})
    counted = Span(first=head.span.first, last=min(head.span.last, counted_to))
    return [
        NightFigures(
            night=first,
            provisional=last >= provisional,
            **add_up(of_time[key], measured),
            **{name: house_of.get(key, nothing)[column] for name, column in shown.items()},
        )
        for key, first, last in _steps(counted, by)
    ]


def _steps(span: Span, by: str) -> list[tuple[date, date, date]]:
    """Each night, or the nights of each month: as rows name it, its first and its last night."""
    if by == "night":
        return [(night, night, night) for night in span.each()]
    steps = []
    first = span.first
    while first <= span.last:
        last = first.replace(day=monthrange(first.year, first.month)[1])
        steps.append((first.replace(day=1), first, min(last, span.last)))
        first = last + timedelta(days=1)
    return steps


async def _corrected(scope: Scope, area: Area, span: Span, narrowing: Narrowing) -> int | None:
    if narrowing.by_guest or narrowing.tourism is not None:
        return None
    corrected: int = (await scope.session.execute(corrections(area, span, narrowing))).scalar_one()
    return corrected


async def _since(scope: Scope, area: Area) -> date | None:
    if area.kind != "ward":
        return None
    since: date | None = await scope.session.scalar(
        select(ward.c.valid_from).where(ward.c.code == area.code)
    )
    return since
