"""Where a map of one ward opens, and whose boundary it shows."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import not_found

_FRAME = text("""
SELECT w.code, w.name, p.name AS province_name,
  ST_XMin(w.boundary) AS west, ST_YMin(w.boundary) AS south,
  ST_XMax(w.boundary) AS east, ST_YMax(w.boundary) AS north,
  w.boundary_approximate AS approximate,
  coalesce((SELECT l.provenance FROM boundary_load l WHERE l.id = w.boundary_load_id),
    w.boundary_source) AS source
FROM ward w JOIN province p ON p.code = w.province_code
WHERE w.code = :code AND w.boundary IS NOT NULL
""")

_SOURCES = text("""
SELECT DISTINCT w.boundary_approximate AS approximate,
  coalesce(l.provenance, w.boundary_source) AS source
FROM ward w LEFT JOIN boundary_load l ON l.id = w.boundary_load_id
WHERE w.valid_to IS NULL AND w.boundary IS NOT NULL
""")


class WardFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A ward's bounding box in degrees. `source`: where its boundary comes from, as it was told
    when it was loaded; None for an approximate cell.
    """

    code: str
    name: str
    province_name: str
    west: float
    south: float
    east: float
    north: float
    approximate: bool
    source: str | None

    @property
    def bounds(self) -> str:
        """West, south, east, north with commas, as map libraries read them."""
        return f"{self.west:.6f},{self.south:.6f},{self.east:.6f},{self.north:.6f}"


async def ward_frame(session: AsyncSession, code: str) -> WardFrame:
    """The frame of a ward. Raises `ward_not_found` when it has no boundary at all."""
    row = (await session.execute(_FRAME, {"code": code})).mappings().one_or_none()
    if row is None:
        raise not_found("ward")
    values = dict(row)
    if values["approximate"]:
        values["source"] = None
    return WardFrame(**values)


class CountryFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Where the boundaries of all wards come from; `approximate`: some are rough cells."""

    sources: list[str]
    approximate: bool


async def country_frame(session: AsyncSession) -> CountryFrame:
    """Whose boundaries the map of everything shows."""
    rows = (await session.execute(_SOURCES)).all()
    return CountryFrame(
        sources=sorted(row.source for row in rows if not row.approximate and row.source),
        approximate=any(row.approximate for row in rows),
    )
