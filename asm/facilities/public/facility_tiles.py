"""Public facilities on vector tiles: points when near, counts on a grid when far."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.rls import enter_public
from asm.facilities.kinds import KINDS
from asm.facilities.model import facility
from asm.geo.maps.tiles import EXTENT, MARGIN, MOST_BYTES, Tile, layer_of, limit_time

#: The zoom from which each facility is a point of its own.
POINTS_FROM: Final = 13
#: More points than this are a carpet: such a tile shows counts, however near.
MOST_POINTS: Final = 1500
#: Counts stand on a grid of so many cells along a tile's side.
GRID: Final = 16
LONGEST_NAME: Final = 60

PUBLIC_KINDS: Final = tuple(kind.code for kind in KINDS.values() if not kind.private_home)

_VERSION: Final = text(
    "SELECT count(*) || '-' || coalesce(sum(xmin::text::bigint), 0) FROM facility"
)


async def facility_tile(session: AsyncSession, tile: Tile) -> bytes:
    """Active facilities that are no private homes: layer `facility` (name, kind) from POINTS_FROM
    unless there are more than MOST_POINTS, otherwise layer `facilities` (count). The transaction
    is left in the public scope. Empty where there are none; at most MOST_BYTES.
    """
    await enter_public(session)
    await limit_time(session)
    if tile.z >= POINTS_FROM and await _few(session, tile):
        points: bytes = (await session.execute(layer_of(_points(tile), "facility"))).scalar_one()
        if len(points) <= MOST_BYTES:
            return points
    cells: bytes = (await session.execute(layer_of(_cells(tile), "facilities"))).scalar_one()
    return cells


async def facilities_version(session: AsyncSession) -> str:
    """Another text after every change of what the public may see of facilities."""
    await enter_public(session)
    version: str = (await session.execute(_VERSION)).scalar_one()
    return version


async def _few(session: AsyncSession, tile: Tile) -> bool:
    some = select(facility.c.id).where(_public(), within(tile)).limit(MOST_POINTS + 1).subquery()
    count: int = (await session.execute(select(func.count()).select_from(some))).scalar_one()
    return count <= MOST_POINTS


def _points(tile: Tile) -> Select[Any]:
    rows = (
        select(
            func.left(facility.c.name, LONGEST_NAME).label("name"),
            facility.c.kind,
            on_tile(facility.c.point, tile).label("geom"),
        )
        .where(_public(), within(tile, MARGIN / EXTENT))
        .limit(2 * MOST_POINTS)
        .subquery("near")
    )
    return select(rows).where(rows.c.geom.is_not(None))


def _cells(tile: Tile) -> Select[Any]:
    # Half-open, so that a facility on a border counts in one tile only.
    box = tile.box()
    column = func.floor((facility.c.lon - box["west"]) / (box["east"] - box["west"]) * GRID)
    row = func.floor((facility.c.lat - box["south"]) / (box["north"] - box["south"]) * GRID)
    middle = func.ST_SetSRID(
        func.ST_MakePoint(func.avg(facility.c.lon), func.avg(facility.c.lat)), 4326
    )
    return (
        select(func.count().label("count"), on_tile(middle, tile).label("geom"))
        .where(_public(), within(tile))
        .group_by(column, row)
    )


def on_tile(point: ColumnElement[Any], tile: Tile) -> ColumnElement[Any]:
    """SQL: a point of EPSG:4326 in the tile's own steps, None outside it and its margin."""
    frame = func.ST_TileEnvelope(tile.z, tile.x, tile.y)
    return func.ST_AsMVTGeom(func.ST_Transform(point, 3857), frame, EXTENT, MARGIN)


def within(tile: Tile, margin: float = 0.0) -> ColumnElement[bool]:
    """SQL: facilities whose point is in the tile widened by `margin` of its side."""
    box = tile.box(margin)
    return and_(
        facility.c.lat >= box["south"],
        facility.c.lat < box["north"],
        facility.c.lon >= box["west"],
        facility.c.lon < box["east"],
    )


def _public() -> ColumnElement[bool]:
    return and_(facility.c.status == "active", facility.c.kind.in_(PUBLIC_KINDS))
