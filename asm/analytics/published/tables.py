"""The published tables of a week: what is shown of the cube. Pure."""

from typing import Any, Final

import msgspec

from asm.analytics.published.cube import Cube
from asm.analytics.published.groups import (
    ABROAD,
    ALL,
    COUNTRY,
    GROUP_OF_KIND,
    KIND_GROUPS,
    ORIGIN_CLASSES,
    SECTORS,
    TOURISM,
    VIETNAM,
)
from asm.analytics.published.week import (
    BedRow,
    cell_of,
    count_name,
    known_cell,
    origins_in_detail,
    stayed_cell,
)
from asm.locales.texts import both

#: What a row's figures are: as counted; hidden; or zero, since there is no such facility.
SHOWN: Final = "shown"
HIDDEN: Final = "hidden"
NO_FACILITY: Final = "no_facility"

_WHERE: Final = ("week", "area", "area_name")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "guests": (
        *_WHERE, "sector", "origin", "arrivals", "guest_nights", "nights_per_arrival", "status",
    ),
    "origins": (*_WHERE, "origin", "arrivals", "guest_nights", "nights_per_arrival", "status"),
    "occupancy": (
        *_WHERE, "sector", "bed_nights_open", "guest_nights_known", "bed_occupancy_percent",
        "status",
    ),
    "coverage": (
        *_WHERE, "facility_nights", "facility_nights_stayed", "stayed_percent", "said_percent",
        "status",
    ),
}  # fmt: skip
Row = dict[str, Any]


class PublishedTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table: rows hold a value or null for each of `columns`."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]


def iso_week(cube: Cube) -> str:
    """The week as `2026-W46`."""
    year, week, _ = cube.week.monday.isocalendar()
    return f"{year}-W{week:02}"


def published_tables(cube: Cube, hidden: set[str]) -> list[PublishedTable]:
    """All tables of the week. A figure computed from a hidden count is hidden with it."""
    rows = _Rows(cube, hidden)
    rows_by_table = {
        "guests": rows.guests(),
        "origins": rows.origins(),
        "occupancy": rows.occupancy(),
        "coverage": rows.coverage(),
    }
    return [
        PublishedTable(name=name, columns=columns, rows=rows_by_table[name])
        for name, columns in COLUMNS.items()
    ]


class _Rows:
    def __init__(self, cube: Cube, hidden: set[str]) -> None:
        self.cube = cube
        self.hidden = hidden
        self.week = iso_week(cube)
        self.areas = [COUNTRY, *sorted(cube.week.provinces)]
        self.names = {COUNTRY: both("published", "country")[0], **cube.week.provinces}

    def _head(self, area: str) -> Row:
        return {"week": self.week, "area": area, "area_name": self.names[area]}

    def guests(self) -> list[Row]:
        return [
            self._head(area) | {"sector": sector} | self._guests(area, sector, origin)
            for area in self.areas
            for sector in SECTORS
            for origin in (*ORIGIN_CLASSES, ALL)
        ]

    def origins(self) -> list[Row]:
        detail = (*origins_in_detail(self.cube.week.provinces), VIETNAM, ABROAD, ALL)
        return [
            self._head(area) | self._guests(area, TOURISM, origin)
            for area in self.areas
            for origin in detail
        ]

    def _guests(self, area: str, sector: str, origin: str) -> Row:
        cell = cell_of(area, sector, origin)
        if cell in self.cube.empty:
            figures = {"arrivals": 0, "guest_nights": 0, "nights_per_arrival": None}
            return {"origin": origin} | figures | {"status": NO_FACILITY}
        if cell in self.hidden:
            figures = dict.fromkeys(("arrivals", "guest_nights", "nights_per_arrival"))
            return {"origin": origin} | figures | {"status": HIDDEN}
        arrivals = self._value(count_name("arrivals", area, sector, origin))
        nights = self._value(count_name("guest_nights", area, sector, origin))
        return {
            "origin": origin,
            "arrivals": arrivals,
            "guest_nights": nights,
            "nights_per_arrival": round(nights / arrivals, 2),
            "status": SHOWN,
        }

    def _value(self, name: str) -> int:
        return self.cube.sums.counts[name].value

    def _beds(self, area: str) -> list[BedRow]:
        return [row for row in self.cube.week.beds if area in (COUNTRY, row.province)]

    def occupancy(self) -> list[Row]:
        rows = []
        for area in self.areas:
            for group in KIND_GROUPS:
                beds = sum(
                    row.beds_open
                    for row in self._beds(area)
                    if GROUP_OF_KIND.get(row.kind) == group
                )
                rows.append(self._head(area) | {"sector": group} | self._rate(area, group, beds))
        return rows

    def _rate(self, area: str, group: str, beds: int) -> Row:
        name = f"known|{area}|{group}"
        figures: Row = {
            "bed_nights_open": beds, "guest_nights_known": None, "bed_occupancy_percent": None,
        }  # fmt: skip
        if cell_of(area, group, ALL) in self.cube.empty:
            return figures | {"status": NO_FACILITY}
        if name not in self.cube.sums.counts or known_cell(area, group) in self.hidden or not beds:
            return figures | {"status": HIDDEN}
        known = self._value(name)
        figures["guest_nights_known"] = known
        figures["bed_occupancy_percent"] = round(100 * known / beds, 1)
        return figures | {"status": SHOWN}

    def coverage(self) -> list[Row]:
        return [self._head(area) | self._coverage(area) for area in self.areas]

    def _coverage(self, area: str) -> Row:
        beds = self._beds(area)
        active, said = sum(row.active for row in beds), sum(row.said for row in beds)
        figures: Row = {
            "facility_nights": active, "facility_nights_stayed": None,
            "stayed_percent": None, "said_percent": None,
        }  # fmt: skip
        if cell_of(area, ALL, ALL) in self.cube.empty:
            return figures | {"status": NO_FACILITY}
        hidden = {stayed_cell(area), cell_of(area, ALL, ALL)} & self.hidden
        if hidden or not active:
            return figures | {"status": HIDDEN}
        stayed = self._value(f"stayed|{area}")
        return figures | {
            "facility_nights_stayed": stayed,
            "stayed_percent": round(100 * stayed / active, 1),
            "said_percent": round(100 * said / active),
            "status": SHOWN,
        }
