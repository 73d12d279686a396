"""A ward's night on a map: each facility for the ward's own officer, the sum beside it."""

from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    not_,
    or_,
    select,
    true,
)

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.analytics.night_houses import facilities_tonight
from asm.errors import not_found
from asm.facilities.model import facility
from asm.facilities.nights import night_or_current
from asm.facilities.public.facility_tiles import LONGEST_NAME, on_tile, within
from asm.geo.maps.tiles import EXTENT, MARGIN, MOST_BYTES, Tile, layer_of, limit_time
from asm.geo.model import ward
from asm.stays.ward_then import ward_then

#: The zoom from which each facility is a point; below it the ward's sum is shown alone.
POINTS_FROM: Final = 11
MOST_POINTS: Final = 1000


async def night_tile(scope: Scope, tile: Tile, night: date | None) -> bytes:
    """Layer `night` (id, name, kind, state, guests) and layer `night_ward` (guests, declared,
    silent) of the officer's own ward; nothing of any other. `state` is `declared` (guests, or said
    that there are none), `silent` or `closed`. `night` defaults to the current one. Raises
    NotAllowed for all but ward officers, Invalid as `night_or_current`.
    """
    require_role(scope.actor, WARD_OFFICER)
    if scope.actor.ward_code is None:
        raise not_found("ward")
    await limit_time(scope.session)
    shown = night_or_current(night, scope.actor.now)
    facilities = facilities_tonight(await ward_then(scope.session, scope.actor.ward_code), shown)
    sum_: bytes = (
        await scope.session.execute(
            layer_of(_ward(scope.actor.ward_code, facilities, tile), "night_ward")
        )
    ).scalar_one()
    if tile.z < POINTS_FROM:
        return sum_
    points: bytes = (
        await scope.session.execute(layer_of(_points(facilities, tile), "night"))
    ).scalar_one()
    return points + sum_ if len(points) + len(sum_) <= MOST_BYTES else sum_


def _points(facilities: Select[Any], tile: Tile) -> Select[Any]:
    row = facilities.subquery("place")
    state = case((row.c.closed, "closed"), (_spoke(row), "declared"), else_="silent")
    rows = (
        select(
            cast(row.c.id, Text).label("id"),
            func.left(row.c.name, LONGEST_NAME).label("name"),
            row.c.kind,
            state.label("state"),
            row.c.guests,
            on_tile(facility.c.point, tile).label("geom"),
        )
        .join(facility, facility.c.id == row.c.id)
        .where(within(tile, MARGIN / EXTENT))
        .limit(MOST_POINTS)
        .subquery("near")
    )
    return select(rows).where(rows.c.geom.is_not(None))


def _spoke(row: Any) -> ColumnElement[bool]:
    """Is something known of the night: guests, or that there are none?"""
    return or_(row.c.declared, row.c.quiet_said_at.is_not(None))


def _ward(ward_code: str, facilities: Select[Any], tile: Tile) -> Select[Any]:
    row = facilities.subquery("place")
    sums = select(
        func.coalesce(func.sum(row.c.guests), 0).label("guests"),
        func.count().filter(_spoke(row), not_(row.c.closed)).label("declared"),
        func.count().filter(not_(_spoke(row)), not_(row.c.closed)).label("silent"),
    ).subquery("sums")
    middle = on_tile(func.ST_PointOnSurface(ward.c.boundary), tile)
    rows = (
        select(
            ward.c.code,
            cast(sums.c.guests, Integer).label("guests"),
            sums.c.declared,
            sums.c.silent,
            middle.label("geom"),
        )
        .join(sums, true())
        .where(ward.c.code == ward_code, ward.c.valid_to.is_(None))
        .subquery("here")
    )
    return select(rows).where(rows.c.geom.is_not(None))
