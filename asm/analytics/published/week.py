"""The counts of one week as they are read, and what their cells are called. Pure."""

from collections.abc import Iterable
from datetime import date

import msgspec

from asm.analytics.published.groups import ABROAD, COUNTRIES, OTHER_COUNTRIES, UNKNOWN, VIETNAM


class GuestRow(msgspec.Struct, frozen=True, kw_only=True):
    """Guests of a week in a province (of today) by kind, residence (`P01`, `CKOR`, `?`)."""

    province: str
    kind: str
    residence: str
    tourism: bool
    arrivals: int
    guest_nights: int


class BedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Facilities and beds of a week in a province by kind, each summed over its nights. `known`:
    guest nights in facilities whose beds are known; `stayed`: some stay covered the night; `said`:
    something was said for that very night.
    """

    province: str
    kind: str
    active: int
    stayed: int
    said: int
    beds_open: int
    known: int


class WeekCounts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a release is computed from. `provinces`: today's, code → name."""

    monday: date
    provinces: dict[str, str]
    guests: list[GuestRow]
    beds: list[BedRow]


def cell_of(area: str, sector: str, origin: str) -> str:
    """Arrivals and guest nights of one cell are shown or hidden together."""
    return f"{area}|{sector}|{origin}"


def count_name(measure: str, area: str, sector: str, origin: str) -> str:
    return f"{measure}|{area}|{sector}|{origin}"


def known_cell(area: str, sector: str) -> str:
    """Of the guest nights that occupancy is computed from."""
    return f"{area}|{sector}|known"


def stayed_cell(area: str) -> str:
    """Of the facility-nights that coverage is computed from."""
    return f"{area}|coverage|stayed"


def origins_in_detail(provinces: Iterable[str]) -> list[str]:
    """The rows of the table by origin, without sums."""
    return [*sorted(provinces), *COUNTRIES, OTHER_COUNTRIES, UNKNOWN]


def class_of_origin(origin: str) -> str:
    """The class that a row of the table by origin belongs to."""
    if origin == UNKNOWN:
        return UNKNOWN
    return ABROAD if origin == OTHER_COUNTRIES or origin in COUNTRIES else VIETNAM
