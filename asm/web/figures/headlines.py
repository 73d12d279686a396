"""What a page of figures has to say: each function answers with the finding's own numbers, or None
where there is nothing to say. Pure; the sentences stand in the templates.
"""

from collections.abc import Sequence
from datetime import date
from statistics import fmean, median
from typing import Final

import msgspec

from asm.analytics.questions.labour import KindSeries
from asm.analytics.questions.measures import Lengths, NightFigures, Sums
from asm.analytics.questions.origins import FlowCell, OriginRow, Origins
from asm.analytics.seasons.forecast import Forecast, ForecastNight

#: Fewer guest nights say nothing of a year.
_ENOUGH: Final = 100
_WORTH_SAYING_PERCENT: Final = 3
_FRIDAY: Final = 4
_PEAK_OVER_MEDIAN: Final = 1.15
_FEWEST_NIGHTS: Final = 7
_FEWEST_OF_EACH: Final = 4


class YearChange(msgspec.Struct, frozen=True):
    """A change against another time, in whole per cent; negative for less."""

    percent: int


class WeekendGap(msgspec.Struct, frozen=True):
    """Points of bed occupancy that Friday and Saturday lie above the other nights."""

    points: int


class BusiestNight(msgspec.Struct, frozen=True):
    """The night with most guests."""

    night: date
    guests: int


class MainOrigins(msgspec.Struct, frozen=True):
    """The fewest origins, at most three, that are half of all guest nights together; else the first
    alone (`half` is False).
    """

    rows: list[OriginRow]
    percent: int
    half: bool


class LengthShare(msgspec.Struct, frozen=True):
    """Of the arrivals whose end is known, how many in a hundred stayed one night."""

    percent: int


class HousingChange(msgspec.Struct, frozen=True):
    """Who lived in most of what people live in, in the newest whole month and the one before."""

    kind: str
    residents: float
    before: float | None


def against(now: Sums, before: Sums | None) -> YearChange | None:
    """Guest nights beside those of the same nights a year ago."""
    if before is None or before.guest_nights < _ENOUGH:
        return None
    percent = round(100 * (now.guest_nights / before.guest_nights - 1))
    return YearChange(percent) if abs(percent) >= _WORTH_SAYING_PERCENT else None


def bed_occupancy(night: NightFigures) -> float | None:
    """Net, in per cent with one decimal; None without beds."""
    if not night.bed_nights_open or night.known_nights is None:
        return None
    return round(100 * night.known_nights / night.bed_nights_open, 1)


def weekend_gap(nights: Sequence[NightFigures]) -> WeekendGap | None:
    """Fridays and Saturdays beside the other nights, once there are four of each."""
    ends: list[float] = []
    others: list[float] = []
    for night in nights:
        rate = bed_occupancy(night)
        if rate is not None:
            weekend = night.night.weekday() in (_FRIDAY, _FRIDAY + 1)
            (ends if weekend else others).append(rate)
    if min(len(ends), len(others)) < _FEWEST_OF_EACH:
        return None
    points = round(fmean(ends) - fmean(others))
    return WeekendGap(points) if abs(points) >= _WORTH_SAYING_PERCENT else None


def busiest_night(nights: Sequence[tuple[date, int]]) -> BusiestNight | None:
    """The first of the busiest nights, where it stands out from the middle one."""
    if len(nights) < _FEWEST_NIGHTS:
        return None
    night, guests = max(nights, key=lambda each: (each[1], -each[0].toordinal()))
    middle = median(count for _, count in nights)
    return BusiestNight(night, guests) if guests > middle * _PEAK_OVER_MEDIAN else None


def main_origins(origins: Origins) -> MainOrigins | None:
    """Of all guest nights, those of unknown residence among them."""
    if not origins.rows or not origins.guest_nights:
        return None
    total = 0
    for count, row in enumerate(origins.rows[:3], start=1):
        total += row.guest_nights
        if 2 * total >= origins.guest_nights:
            return MainOrigins(origins.rows[:count], _percent(total, origins.guest_nights), True)  # noqa: FBT003 -- the field is named in the struct
    first = origins.rows[0]
    return MainOrigins([first], _percent(first.guest_nights, origins.guest_nights), False)  # noqa: FBT003 -- likewise


def single_nights(lengths: Lengths | None) -> LengthShare | None:
    """How many stay one night, where more do than stay any other time: else it is no news. Only
    what nobody ended is left out.
    """
    if lengths is None:
        return None
    counts = msgspec.structs.asdict(lengths)
    single, *longer = [count for name, count in counts.items() if name.startswith("nights_")]
    if single <= max(longer):
        return None
    return LengthShare(_percent(single, single + sum(longer)))


def largest_flow(cells: Sequence[FlowCell], unknown: Sequence[int] = ()) -> FlowCell | None:
    """The cell with most guest nights; `unknown`: origins that are none."""
    known = [cell for cell in cells if cell.origin not in unknown and cell.guest_nights]
    return max(known, key=lambda cell: cell.guest_nights, default=None)


def fullest_ahead(forecast: Forecast) -> ForecastNight | None:
    """The night with most guests of the next fourteen."""
    return max(forecast.nights, key=lambda night: night.shown, default=None)


def housing_change(kinds: Sequence[KindSeries]) -> HousingChange | None:
    """The kind in which most people live now, and how many lived there a month before."""
    newest = [
        (series, counted)
        for series in kinds
        if (counted := [each for each in series.months if each.residents_a_night is not None])
    ]
    if not newest:
        return None
    series, counted = max(newest, key=lambda pair: pair[1][-1].residents_a_night or 0)
    residents = counted[-1].residents_a_night or 0
    if not residents:
        return None
    return HousingChange(
        series.kind, residents, counted[-2].residents_a_night if len(counted) > 1 else None
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole)
