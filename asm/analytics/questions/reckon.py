"""From summed rows of the totals to measures. Pure: sums in, one division each."""

from collections.abc import Iterable, Mapping
from typing import Any

from asm.analytics.in_force import percent
from asm.analytics.questions.measures import (
    FacilityCoverage,
    Lateness,
    Lengths,
    Measures,
    Occupancy,
    Sums,
    TourismBeside,
    Verified,
)
from asm.analytics.questions.narrowing import Narrowing

#: Measures by name, summed over what the answer is of.
Counted = Mapping[str, Any]


def mean(nights: int, arrivals: int) -> float | None:
    """Guest nights a arrival, two decimals."""
    return round(nights / arrivals, 2) if arrivals else None


def add_up(rows: Iterable[Counted], names: Iterable[str]) -> dict[str, int]:
    """The sums of the named measures over rows; zeros without any row."""
    summed = dict.fromkeys(names, 0)
    for row in rows:
        for name in summed:
            summed[name] += row[name]
    return summed


def measures_of(
    tourist: Counted, other: Counted, houses: Counted, narrowing: Narrowing
) -> Measures:
    """All measures, of the stays that are tourism, the others, and the facilities."""
    total = {name: tourist[name] + other[name] for name in tourist}
    finely, of_stays = narrowing.by_guest, narrowing.tourism is not None
    return Measures(
        sums=_sums(total, narrowing),
        tourism=None if of_stays else _beside(tourist, other),
        occupancy=None if finely or of_stays else _occupancy(total["guest_nights"], houses),
        coverage=coverage_of(houses),
        verified=None if finely else _verified(total),
        lateness=None if finely else _lateness(total),
        lengths=None if finely else _lengths(total),
    )


def coverage_of(houses: Counted) -> FacilityCoverage:
    active = houses["facilities_active"]
    return FacilityCoverage(
        active=active,
        closed=houses["facilities_closed"],
        stayed=houses["facilities_stayed"],
        said=houses["facilities_said"],
        quiet=houses["facilities_quiet"],
        stayed_percent=percent(houses["facilities_stayed"], active),
        said_percent=percent(houses["facilities_said"], active),
    )


def _sums(total: Counted, narrowing: Narrowing) -> Sums:
    arrivals, nights = total["arrivals"], total["guest_nights"]
    sums = Sums(arrivals=arrivals, guest_nights=nights, mean_nights=mean(nights, arrivals))
    if narrowing.by_guest:
        return sums
    return Sums(
        arrivals=arrivals,
        guest_nights=nights,
        mean_nights=sums.mean_nights,
        foreign_arrivals=total["foreign_arrivals"],
        foreign_nights=total["foreign_nights"],
        departures=total["departures"],
        same_day=total["same_day"],
        hourly=total["hourly"],
        revisits=total["revisits"],
    )


def _beside(tourist: Counted, other: Counted) -> TourismBeside:
    return TourismBeside(
        arrivals=tourist["arrivals"],
        guest_nights=tourist["guest_nights"],
        mean_nights=mean(tourist["guest_nights"], tourist["arrivals"]),
        excluded_arrivals=other["arrivals"],
        excluded_nights=other["guest_nights"],
    )


def _occupancy(guest_nights: int, houses: Counted) -> Occupancy:
    known, occupied = houses["known_nights"], houses["rooms_occupied"]
    return Occupancy(
        bed_net_percent=percent(known, houses["beds_open"]),
        bed_gross_percent=percent(known, houses["beds_all"]),
        room_net_percent=percent(occupied, houses["rooms_open"]),
        room_gross_percent=percent(occupied, houses["rooms_all"]),
        known_nights=known,
        unknown_nights=guest_nights - known,
        bed_nights_open=houses["beds_open"],
        bed_nights_all=houses["beds_all"],
        rooms_occupied=occupied,
        room_nights_open=houses["rooms_open"],
        room_nights_all=houses["rooms_all"],
    )


def _verified(total: Counted) -> Verified:
    return Verified(
        stays=total["stays"],
        askable=total["askable"],
        verified=total["verified"],
        of_all_percent=percent(total["verified"], total["stays"]),
        of_askable_percent=percent(total["verified"], total["askable"]),
    )


def _lateness(total: Counted) -> Lateness:
    declared, late, excused = total["declared"], total["late"], total["late_excused"]
    return Lateness(
        declared=declared,
        late=late,
        excused=excused,
        late_percent=percent(late, declared),
        unexcused_percent=percent(late - excused, declared),
    )


def _lengths(total: Counted) -> Lengths:
    return Lengths(
        nights_1=total["length_1"],
        nights_2=total["length_2"],
        nights_3=total["length_3"],
        nights_4_6=total["length_4_6"],
        nights_7_13=total["length_7_13"],
        nights_14_29=total["length_14_29"],
        nights_30_up=total["length_30_"],
        open=total["length_open"],
    )
