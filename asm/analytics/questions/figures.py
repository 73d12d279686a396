"""Figures of an area: night by night, and the sums."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.measures import (
    AreaAnswer,
    Lateness,
    Lengths,
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


async def figures(
    scope: Scope, area: Area, span: Span, narrowing: Narrowing = EVERYTHING
) -> Figures:
    """Exact figures of the area. Raises as `require_area`."""
    head = await head_for(scope, area, span, narrowing)
    counts = (await scope.session.execute(counts_by("night", area, span, narrowing))).mappings()
    houses = (await scope.session.execute(houses_by("night", area, span, narrowing))).mappings()
    stays, capacity = counts.all(), houses.all()
    measured = BY_GUEST if narrowing.by_guest else COUNTS
    total = measures_of(
        add_up((row for row in stays if row["tourism"]), measured),
        add_up((row for row in stays if not row["tourism"]), measured),
        add_up(capacity, HOUSES),
        narrowing,
    )
    return Figures(
        **head_of(scope, head, total.coverage),
        sums=total.sums,
        tourism=total.tourism,
        occupancy=total.occupancy,
        verified=total.verified,
        lateness=total.lateness,
        lengths=total.lengths,
        corrected_after=await _corrected(scope, area, span, narrowing),
        area_since=await _since(scope, area),
        nights=_series(head, provisional_from(scope.actor.now), stays, capacity),
    )


def _series(
    head: Head, provisional: date, stays: Sequence[Counted], houses: Sequence[Counted]
) -> list[NightFigures]:
    """Nights without a row are nights with nothing to count, and are shown as such."""
    narrowing, counted_to = head.narrowing, head.reach.counted_to
    if counted_to is None:
        return []
    measured = BY_GUEST if narrowing.by_guest else (*BY_GUEST, *_OF_STAYS)
    of_night = defaultdict[Any, list[Counted]](list)
    for row in stays:
        of_night[row["night"]].append(row)
    house_of = {row["night"]: row for row in houses}
    nothing = dict.fromkeys(HOUSES, 0)
    whole_stays = not narrowing.by_guest and narrowing.tourism is None
    shown = _OF_HOUSES | (_OF_BEDS if whole_stays else {})
    nights = []
    for offset in range((min(head.span.last, counted_to) - head.span.first).days + 1):
        night = head.span.first + timedelta(days=offset)
        house = house_of.get(night, nothing)
        nights.append(
            NightFigures(
                night=night,
                provisional=night >= provisional,
                **add_up(of_night[night], measured),
                **{name: house[column] for name, column in shown.items()},
            )
        )
    return nights


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
