"""The figures of published releases as pages need them: read from the files that everybody gets, so
a page can show nothing that the files do not hold.
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec
from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.published.groups import ALL, COUNTRY, TOURISM
from asm.analytics.published.model import release_file
from asm.analytics.published.tables import COLUMNS, SHOWN, Row

#: Releases never change, so what was read of them is kept: a megabyte each.
_MOST_KEPT: Final = 16
_KEPT: Final[LRUCache[str, "WeekFigures"]] = LRUCache(_MOST_KEPT)


class WeekFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a release: guests by (area, sector, origin), which hold those by residence under
    the sector `tourism` too; occupancy by (area, sector); coverage by area.
    """

    id: str
    area_names: dict[str, str]
    guests: dict[tuple[str, str, str], Row]
    occupancy: dict[tuple[str, str], Row]
    coverage: dict[str, Row]

    def nights(self, area: str, sector: str = TOURISM, origin: str = ALL) -> int | None:
        """Guest nights; None where they are hidden or there is no such area."""
        row = self.guests.get((area, sector, origin))
        return row["guest_nights"] if row and row["status"] == SHOWN else None

    def areas(self) -> list[str]:
        """Areas with any facility, the country first."""
        return [
            area
            for area in sorted(self.area_names, key=lambda code: (code != COUNTRY, code))
            if self.guests[area, ALL, ALL]["status"] != "no_facility"
        ]


async def figures_of(session: AsyncSession, ids: Collection[str]) -> dict[str, WeekFigures]:
    """The figures of these releases; one statement for all that were not read before."""
    missing = [each for each in ids if each not in _KEPT]
    if missing:
        names = [f"{table}.json" for table in COLUMNS]
        rows = await session.execute(
            select(release_file.c.release_id, release_file.c.name, release_file.c.content).where(
                release_file.c.release_id.in_(missing), release_file.c.name.in_(names)
            )
        )
        tables: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            table = row.name.removesuffix(".json")
            tables.setdefault(row.release_id, {})[table] = _rows(row.content)
        for release_id, release_tables in tables.items():
            _KEPT[release_id] = _figures(release_id, release_tables)
    return {each: _KEPT[each] for each in ids if each in _KEPT}


def _rows(content: bytes) -> list[Row]:
    rows: list[dict[str, Any]] = msgspec.json.decode(content)["rows"]
    return rows


def _figures(release_id: str, tables: dict[str, list[Row]]) -> WeekFigures:
    guests = {(row["area"], row["sector"], row["origin"]): row for row in tables["guests"]}
    guests |= {(row["area"], TOURISM, row["origin"]): row for row in tables["origins"]}
    return WeekFigures(
        id=release_id,
        area_names={row["area"]: row["area_name"] for row in tables["coverage"]},
        guests=guests,
        occupancy={(row["area"], row["sector"]): row for row in tables["occupancy"]},
        coverage={row["area"]: row for row in tables["coverage"]},
    )
