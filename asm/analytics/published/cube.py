"""The counts of one week as a system: what is published, and what adds up to what. Pure."""

from collections import Counter
from math import log10
from typing import Final

import msgspec

from asm.analytics.published.groups import (
    ABROAD,
    ALL,
    COUNTRY,
    EXCLUDED,
    GROUP_OF_KIND,
    KIND_GROUPS,
    ORIGIN_CLASSES,
    SECTORS,
    TOURISM,
    UNKNOWN,
    VIETNAM,
    origin_of,
    sector_of,
)
from asm.analytics.published.sums import LinkedCounts, TrueCount
from asm.analytics.published.week import (
    WeekCounts,
    cell_of,
    class_of_origin,
    count_name,
    known_cell,
    origins_in_detail,
    stayed_cell,
)

MEASURES: Final = ("arrivals", "guest_nights")
#: How much dearer it is to hide a figure that more people read.
_COUNTRY_PRICE: Final = 12.0
_SECTOR_PRICES: Final = {ALL: 6.0, TOURISM: 5.0, EXCLUDED: 3.0}
_ALL_ORIGINS_PRICE: Final = 4.0


class Cube(msgspec.Struct, frozen=True, kw_only=True):
    """The system with its areas. `empty`: cells of an area and sector without any facility, which
    everybody knows to be zero. `blocks` and `prices`: see `protect`.
    """

    week: WeekCounts
    sums: LinkedCounts
    empty: set[str]
    blocks: dict[str, set[str]]
    prices: dict[str, float]


def build_cube(week: WeekCounts) -> Cube:
    """Arrange the counts. Raises nothing: what does not fit (more known guest nights than guests)
    leaves its province without a rate.
    """
    return _Builder(week).build()


class _Builder:
    def __init__(self, week: WeekCounts) -> None:
        self.week = week
        self.origins = origins_in_detail(week.provinces)
        self.base: Counter[tuple[str, str, str, str]] = Counter()
        #: Bed-nights open by (province, kind group): always shown.
        self.beds: Counter[tuple[str, str]] = Counter()
        #: Guest nights by (province, kind group), tourism and excluded.
        self.in_group: Counter[tuple[str, str, bool]] = Counter()
        self.counts: dict[str, TrueCount] = {}
        self.totals: list[tuple[str, tuple[str, ...]]] = []
        self.limits: dict[str, int] = {}
        self.guessable: set[str] = set()

    def build(self) -> Cube:
        self._read()
        areas = [code for code in sorted(self.week.provinces) if (code, ALL) in self.open]
        for area in areas:
            self._add_area(area)
            self._add_known(area)
            self._add_stayed(area)
        self._add_country(areas)
        self.totals = [self._without_empty(each) for each in self.totals if each[0] in self.counts]
        return Cube(
            week=self.week,
            sums=LinkedCounts(
                counts=self.counts,
                totals=self.totals,
                within=self._pairs(),
                limits=self.limits,
                guessable=frozenset(self.guessable),
            ),
            empty=self._empty(),
            blocks=self._blocks(),
            prices={
                count.cell: _price(count) for count in self.counts.values() if not count.latent
            },
        )

    def _read(self) -> None:
        known = frozenset(self.week.provinces)
        for row in self.week.guests:
            sector = sector_of(row.kind, tourism=row.tourism)
            origin = origin_of(row.residence, known)
            for measure, value in (("arrivals", row.arrivals), ("guest_nights", row.guest_nights)):
                self.base[measure, row.province, sector, class_of_origin(origin)] += value
                if row.tourism:
                    self.base[measure, row.province, f"{TOURISM}.detail", origin] += value
            if row.kind in GROUP_OF_KIND:
                group = GROUP_OF_KIND[row.kind]
                self.in_group[row.province, group, row.tourism] += row.guest_nights
        #: (area, sector) with any facility or any guest.
        self.open: set[tuple[str, str]] = set()
        for province, sector in (
            *((row.province, GROUP_OF_KIND.get(row.kind, EXCLUDED))
              for row in self.week.beds if row.active),
            *((row.province, sector_of(row.kind, tourism=row.tourism))
              for row in self.week.guests if row.arrivals or row.guest_nights),
        ):  # fmt: skip
            for area in (province, COUNTRY):
                self.open |= {(area, sector), (area, ALL), (area, EXCLUDED)}
                if sector != EXCLUDED:
                    self.open.add((area, TOURISM))

    def _add_area(self, area: str) -> None:
        for measure in MEASURES:
            for sector in (*KIND_GROUPS, EXCLUDED):
                for origin in ORIGIN_CLASSES:
                    self._put(
                        measure, area, sector, origin, self.base[measure, area, sector, origin]
                    )
            for origin in self.origins:
                if origin != UNKNOWN:
                    value = self.base[measure, area, f"{TOURISM}.detail", origin]
                    self._put(measure, area, TOURISM, origin, value)
            self._sum_up(measure, area)

    def _sum_up(self, measure: str, area: str) -> None:
        for origin in ORIGIN_CLASSES:
            parts = [(sector, origin) for sector in KIND_GROUPS]
            self._total(measure, area, (TOURISM, origin), parts)
            self._total(measure, area, (ALL, origin), [(TOURISM, origin), (EXCLUDED, origin)])
        for sector in SECTORS:
            parts = [(sector, origin) for origin in ORIGIN_CLASSES]
            self._total(measure, area, (sector, ALL), parts)
        for origin_class in (VIETNAM, ABROAD):
            parts = [
                (TOURISM, origin)
                for origin in self.origins
                if class_of_origin(origin) == origin_class
            ]
            self._total(measure, area, (TOURISM, origin_class), parts)

    def _put(self, measure: str, area: str, sector: str, origin: str, value: int) -> None:
        if (area, sector) in self.open:
            name = count_name(measure, area, sector, origin)
            self.counts[name] = TrueCount(value, cell_of(area, sector, origin))

    def _total(
        self, measure: str, area: str, total: tuple[str, str], parts: list[tuple[str, str]]
    ) -> None:
        names = tuple(count_name(measure, area, *part) for part in parts)
        name = count_name(measure, area, *total)
        if name not in self.counts:
            value = sum(self.counts[part].value for part in names if part in self.counts)
            self._put(measure, area, *total, value)
        self.totals.append((name, names))

    def _without_empty(self, equation: tuple[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        total, parts = equation
        return total, tuple(part for part in parts if part in self.counts)

    def _add_known(self, area: str) -> None:
        """Occupancy's guest nights by kind group: with the rate and the beds everybody has them.
        Beside them stand, never shown, the guests of those kinds outside tourism and the guest
        nights in facilities whose beds nobody knows: subtracting must not give those away either.
        Where the latter are zero, whoever knows the few houses may know that the beds of all of
        them are known, and so that tourism is at most what occupancy is computed from.
        """
        known = self._known_of(area)
        outside = []
        for group, value in known.items():
            excluded = self.in_group[area, group, False]
            tourism = count_name("guest_nights", area, group, ALL)
            guests = self.counts[tourism].value + excluded
            beside = self._latent(f"beside|{area}|{group}", excluded)
            unknown = self._latent(f"unknown|{area}|{group}", guests - value)
            total = self._latent(f"guests|{area}|{group}", guests)
            name = f"known|{area}|{group}"
            self.counts[name] = TrueCount(value, known_cell(area, group))
            self.totals += [(total, (tourism, beside)), (total, (name, unknown))]
            outside.append(beside)
            if not self.beds[area, group] and not value:
                self.limits[name] = 0
            elif guests == value:
                self.guessable.add(unknown)
        if outside:
            everybody = count_name("guest_nights", area, EXCLUDED, ALL)
            rest = self.counts[everybody].value - sum(self.counts[each].value for each in outside)
            others = self._latent(f"others|{area}", rest)
            self.totals.append((everybody, (others, *outside)))

    def _known_of(self, area: str) -> dict[str, int]:
        """By kind group; without one whose known guest nights are more than all of its guests'."""
        known = {group: 0 for group in KIND_GROUPS if (area, group) in self.open}
        for row in self.week.beds:
            group = GROUP_OF_KIND.get(row.kind)
            if row.province == area and group in known:
                known[group] += row.known
                self.beds[area, group] += row.beds_open
        return {
            group: value
            for group, value in known.items()
            if value
            <= self.counts[count_name("guest_nights", area, group, ALL)].value
            + self.in_group[area, group, False]
        }

    def _latent(self, name: str, value: int) -> str:
        self.counts[name] = TrueCount(value, name, latent=True)
        return name

    def _add_stayed(self, area: str) -> None:
        """Facility-nights with a stay: at most the guest nights of the area, and at most the
        facility-nights, which are always shown.
        """
        rows = [row for row in self.week.beds if row.province == area]
        value, active = sum(row.stayed for row in rows), sum(row.active for row in rows)
        self.counts[f"stayed|{area}"] = TrueCount(value, stayed_cell(area))
        if value <= active:
            self.limits[f"stayed|{area}"] = active

    def _add_country(self, areas: list[str]) -> None:
        columns = [
            *((sector, origin) for sector in SECTORS for origin in (*ORIGIN_CLASSES, ALL)),
            *((TOURISM, origin) for origin in self.origins if origin != UNKNOWN),
        ]
        for measure in MEASURES:
            for sector, origin in columns:
                names = [count_name(measure, area, sector, origin) for area in areas]
                value = sum(self.counts[name].value for name in names if name in self.counts)
                self._put(measure, COUNTRY, sector, origin, value)
                self.totals.append((count_name(measure, COUNTRY, sector, origin), tuple(names)))
            self._sum_up(measure, COUNTRY)
        for group in KIND_GROUPS:
            self._add_up(f"known|{COUNTRY}|{group}", known_cell(COUNTRY, group), [
                f"known|{area}|{group}" for area in areas if (area, group) in self.open
            ])  # fmt: skip
        self._add_up(
            f"stayed|{COUNTRY}", stayed_cell(COUNTRY), [f"stayed|{area}" for area in areas]
        )

    def _add_up(self, name: str, cell: str, parts: list[str]) -> None:
        """A sum over areas, if each of them has the count."""
        if parts and self.counts.keys() >= set(parts):
            self.counts[name] = TrueCount(sum(self.counts[part].value for part in parts), cell)
            self.totals.append((name, tuple(parts)))
            if self.limits.keys() >= set(parts):
                self.limits[name] = sum(self.limits[part] for part in parts)

    def _pairs(self) -> list[tuple[str, str]]:
        """Whoever arrives stays a night of that week at least, and a facility with a stay has a
        guest that night: as long as the counts themselves say so.
        """
        pairs = []
        for name, count in self.counts.items():
            measure, _, rest = name.partition("|")
            nights = f"guest_nights|{rest}"
            if measure == "stayed":
                nights = count_name("guest_nights", rest, ALL, ALL)
            if measure in {"arrivals", "stayed"} and count.value <= self.counts[nights].value:
                pairs.append((name, nights))
        return pairs

    def _blocks(self) -> dict[str, set[str]]:
        blocks: dict[str, set[str]] = {}
        for name in self.counts:
            blocks.setdefault(name.split("|")[1], set()).add(name)
        return blocks

    def _empty(self) -> set[str]:
        shown = {count.cell for count in self.counts.values()}
        cells = {
            cell_of(area, sector, origin)
            for area in (*self.week.provinces, COUNTRY)
            for sector in SECTORS
            for origin in (*ORIGIN_CLASSES, ALL, *(self.origins if sector == TOURISM else ()))
        }
        return cells - shown


def _price(count: TrueCount) -> float:
    area, sector, origin = count.cell.split("|")
    price = _COUNTRY_PRICE if area == COUNTRY else 1.0
    price *= _SECTOR_PRICES.get(sector, 1.0)
    if origin == ALL:
        price *= _ALL_ORIGINS_PRICE
    return price * (1 + log10(1 + count.value))
