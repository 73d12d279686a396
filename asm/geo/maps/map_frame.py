"""Where a map of one ward opens, and whose boundary it shows.

A file of boundaries goes by its provenance, as that was given when it was loaded: its name says
nothing to whoever looks at a map. What a resolution has drawn anew goes by the resolution.
"""

from datetime import date

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.errors import not_found

_SQL = read_statements(__name__)
_FRAME = text(_SQL["ward_frame"])
_SOURCES = text(_SQL["sources"])


class DrawnBy(msgspec.Struct, frozen=True):
    """Whose work boundaries are, empty where that was not told; the day on which their file was
    loaded, None for those of a resolution.
    """

    source: str
    loaded_on: date | None


class WardFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A ward's bounding box in degrees. `drawn`: None for an approximate cell."""

    code: str
    name: str
    province_name: str
    west: float
    south: float
    east: float
    north: float
    approximate: bool
    drawn: DrawnBy | None

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
    drawn = DrawnBy(values.pop("source") or "", values.pop("loaded_on"))
    return WardFrame(**values, drawn=None if values["approximate"] else drawn)


class CountryFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Where the boundaries of all wards come from; `approximate`: some are rough cells."""

    drawn: list[DrawnBy]
    approximate: bool


async def country_frame(session: AsyncSession) -> CountryFrame:
    """Whose boundaries the map of everything shows."""
    rows = (await session.execute(_SOURCES)).all()
    return CountryFrame(
        drawn=sorted(
            (DrawnBy(row.source or "", row.loaded_on) for row in rows if not row.approximate),
            key=lambda each: (each.source, each.loaded_on or date.min),
        ),
        approximate=any(row.approximate for row in rows),
    )
