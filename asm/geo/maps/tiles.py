"""Vector tiles (Mapbox Vector Tile 2.1) in Web Mercator: where a tile lies, and the areas in it."""

import math
from typing import Any, Final

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import invalid_field

#: Closer than this the browser enlarges what it has.
MOST_ZOOM: Final = 16
#: No tile weighs more, unpacked: a phone on a weak line loads a screen of a dozen.
MOST_BYTES: Final = 150_000
#: Steps within a tile, and how many of them a neighbour's shapes reach in, so that lines join.
EXTENT: Final = 4096
MARGIN: Final = 64

#: From this zoom on names are those of wards, below it those of provinces.
_WARD_NAMES_FROM: Final = 9
#: Below this zoom lines between provinces come along.
_PROVINCES_BELOW: Final = 9
#: How often the shapes of a tile that is too heavy are made twice as coarse before it is given up.
_COARSER: Final = 6
_TIMEOUT_MS: Final = "5000"
_LIMIT: Final = text("SELECT set_config('statement_timeout', :ms, true)")

_SHAPES: Final = text("""
SELECT ST_AsMVT(shape, 'ward', 4096, 'geom') FROM (
  SELECT code, province_code AS province, boundary_approximate AS approximate,
    ST_AsMVTGeom(
      ST_Transform(ST_Simplify(boundary, :tolerance), 3857),
      ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
  FROM ward
  WHERE valid_to IS NULL AND boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
) shape WHERE geom IS NOT NULL
""")
# Far away, where single wards are not told apart: the lines between provinces. Snapped to a grid,
# wards of one drawing still share their corners and melt together.
_PROVINCES: Final = text("""
SELECT ST_AsMVT(outline, 'province', 4096, 'geom') FROM (
  SELECT province_code AS code, bool_or(boundary_approximate) AS approximate,
    ST_AsMVTGeom(
      ST_Transform(ST_Union(ST_MakeValid(ST_SnapToGrid(boundary, :grid))), 3857),
      ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
  FROM ward WHERE valid_to IS NULL AND boundary IS NOT NULL
    AND boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
  GROUP BY province_code
) outline WHERE geom IS NOT NULL
""")
# A ward's name stands once, in the tile that holds its point, well inside its boundary.
_WARD_NAMES: Final = text("""
SELECT ST_AsMVT(label, 'name', 4096, 'geom') FROM (
  SELECT code, name, 'ward' AS level,
    ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(boundary), 3857),
      ST_TileEnvelope(:z, :x, :y), 4096, 0, true) AS geom
  FROM ward
  WHERE valid_to IS NULL AND boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
) label WHERE geom IS NOT NULL
""")
# The ward centre nearest to the middle of all of them: on land, whatever the coast looks like.
_PROVINCE_NAMES: Final = text("""
SELECT ST_AsMVT(label, 'name', 4096, 'geom') FROM (
  SELECT p.code, p.name, 'province' AS level,
    ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(ST_Collect(w.centre)), 3857),
      ST_TileEnvelope(:z, :x, :y), 4096, 0, true) AS geom
  FROM province p JOIN ward w ON w.province_code = p.code AND w.valid_to IS NULL
  WHERE p.valid_to IS NULL GROUP BY p.code
) label WHERE geom IS NOT NULL
""")
# Every change of a row gives it another xmin: the sum moves whichever way the change came.
_VERSION: Final = text("""
SELECT (SELECT count(*) || '-' || coalesce(sum(xmin::text::bigint), 0) FROM ward) || '-' ||
  (SELECT count(*) || '-' || coalesce(sum(xmin::text::bigint), 0) FROM province)
""")


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """Column `x` and row `y` (from the north) of zoom `z`; made by `tile_at`."""

    z: int
    x: int
    y: int

    def box(self, margin: float = 0.0) -> dict[str, float]:
        """West, south, east and north in degrees; `margin` is a share of the tile's side."""
        return {
            "west": self._lon(self.x - margin),
            "south": self._lat(self.y + 1 + margin),
            "east": self._lon(self.x + 1 + margin),
            "north": self._lat(self.y - margin),
        }

    def _lon(self, x: float) -> float:
        return x / (1 << self.z) * 360 - 180

    def _lat(self, y: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << self.z)))))


def tile_at(z: int, x: int, y: int) -> Tile:
    """The tile, or Invalid `tile_out_of_range` for one that the scheme or MOST_ZOOM lacks."""
    if 0 <= z <= MOST_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z:
        return Tile(z=z, x=x, y=y)
    raise invalid_field("/z", "tile_out_of_range", most=MOST_ZOOM)


async def area_tile(session: AsyncSession, tile: Tile) -> bytes:
    """Wards in force as polygons (layer `ward`), names on points (layer `name`): of provinces at
    low zooms, of wards above; far away the provinces as polygons (layer `province`). Empty where
    there are none. At most MOST_BYTES: a heavier tile is
    drawn coarser.
    """
    await limit_time(session)
    where = {"z": tile.z, "x": tile.x, "y": tile.y, **tile.box(MARGIN / EXTENT)}
    query = _WARD_NAMES if tile.z >= _WARD_NAMES_FROM else _PROVINCE_NAMES
    kept = {name: where[name] for name in query.compile().params}
    names: bytes = (await session.execute(query, kept)).scalar_one()
    if tile.z < _PROVINCES_BELOW:
        grid = _pixel(tile.z)
        names += (await session.execute(_PROVINCES, {**where, "grid": grid})).scalar_one()
    tolerance = _tolerance(tile.z)
    for _ in range(_COARSER):
        drawn = await session.execute(_SHAPES, {**where, "tolerance": tolerance})
        shapes: bytes = drawn.scalar_one()
        if len(shapes) + len(names) <= MOST_BYTES:
            return shapes + names
        tolerance = max(tolerance, _pixel(tile.z)) * 2
    return names


async def areas_version(session: AsyncSession) -> str:
    """Another text after every change of a ward or province."""
    version: str = (await session.execute(_VERSION)).scalar_one()
    return version


async def limit_time(session: AsyncSession) -> None:
    """Let no statement of this transaction take longer than a person waits for a map."""
    await session.execute(_LIMIT, {"ms": _TIMEOUT_MS})


def layer_of(rows: Any, name: str) -> Any:
    """SQL: the query `rows`, whose tile geometry is called `geom`, as one layer of a tile."""
    return select(func.ST_AsMVT(text("tile.*"), name, EXTENT, "geom")).select_from(
        rows.subquery("tile")
    )


def _tolerance(z: int) -> float:
    """Degrees that a boundary may be off: half a pixel of a sharp screen, none when near."""
    return 0.0 if z >= 13 else _pixel(z) * (1 if z < 8 else 0.5)


def _pixel(z: int) -> float:
    """Degrees of longitude of one pixel, of 512 across a tile."""
    return 360 / (1 << z) / 512
