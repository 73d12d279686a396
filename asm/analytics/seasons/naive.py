"""The forecast that any other has to beat: last week again, and around Tết last year's Tết."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from asm.analytics.seasons.holidays import tet_of

WEEK: Final = 7
#: Nights around the first of the lunar year that are like no other week.
TET_BEFORE, TET_AFTER = 7, 10


def naive_forecast(first: date, values: Sequence[int], ahead: int) -> list[float]:
    """Of the `ahead` nights after the values, the nights from `first` on (at least a week of them).
    A night near Tết is as the same night by the moon was a year before, where that is known; any
    other as the newest known one of its weekday that was not near Tết.
    """
    known = len(values)
    return [float(values[_model_night(first, known, known + step)]) for step in range(ahead)]


def tet_offset(night: date) -> int | None:
    """How many nights after (before: negative) the first of the lunar year; None far from it."""
    offset = (night - tet_of(night.year)).days
    return offset if -TET_BEFORE <= offset <= TET_AFTER else None


def _model_night(first: date, known: int, wanted: int) -> int:
    """Which of the known nights the wanted one is taken from."""
    night = first + timedelta(days=wanted)
    offset = tet_offset(night)
    if offset is not None:
        before = (tet_of(night.year - 1) + timedelta(days=offset) - first).days
        if 0 <= before < known:
            return before
    newest = wanted - WEEK * -(-(wanted - known + 1) // WEEK)
    usual = newest
    while usual >= 0 and tet_offset(first + timedelta(days=usual)) is not None:
        usual -= WEEK
    return usual if usual >= 0 else newest
