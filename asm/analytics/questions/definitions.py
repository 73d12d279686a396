"""What each figure means, in one list: pages show it beside the figure, docs/figures.md is written
from it.
"""

from typing import Final

import msgspec

from asm.locales.texts import both

#: Every measure that is shown, in the order of the guide. Texts: the catalogue `figures`.
MEASURES: Final = (
    "arrivals",
    "guest_nights",
    "mean_nights",
    "departures",
    "same_day",
    "hourly",
    "bed_occupancy",
    "room_occupancy",
    "unknown_capacity",
    "residence",
    "tourism",
    "flow",
    "revisits",
    "lengths",
    "coverage",
    "lateness",
    "verified",
    "provisional",
    "corrected_after",
    "recast",
    "labour",
    "season",
    "event",
    "forecast",
    "outline",
    "gates",
)


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """`label` names the measure, `text` defines it; both languages."""

    id: str
    label: str
    label_en: str
    text: str
    text_en: str


def definitions() -> list[Definition]:
    """All of them, in the order of MEASURES."""
    return [definition(each) for each in MEASURES]


def definition(measure: str) -> Definition:
    """One of MEASURES. Raises KeyError for any other."""
    label, label_en = both("figures", measure)
    meaning, meaning_en = both("figures", f"{measure}:text")
    return Definition(id=measure, label=label, label_en=label_en, text=meaning, text_en=meaning_en)
