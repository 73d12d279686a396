"""Areas side by side as points on a drawing of where they lie: large where many guests are, marked
where facilities are slow to declare. The list says it all; this says where.

Wards stand at their points (`vietnamadminunits`, MIT), provinces in the middle of theirs; the
outline is drawn around these points, and is no border.
"""

import asyncio
from collections.abc import Sequence
from functools import cache
from math import sqrt
from typing import Final

import msgspec

from asm.geo.areas.published_areas import published_areas
from asm.geo.ward_names import without_kind
from asm.web.figures.flow_map import (
    HEIGHT,
    ISLANDS,
    WIDTH,
    Ground,
    MapName,
    Spot,
    country_ground,
    outline_around,
    spot_of,
)
from asm.web.province.beside_view import BesideRow

_LEAST, _MOST = 3.0, 13.0
#: Room for the largest point, and for half a name.
_MARGIN: Final = 16.0
_PROVINCE_HEIGHT: Final = 360.0
_PROVINCE_TIGHT: Final = 0.25
_NAMED: Final = 5
_LETTERS: Final = 14.0


class AreaDot(msgspec.Struct, frozen=True, kw_only=True):
    """An area with facilities; `slow` as its row is marked."""

    spot: Spot
    radius: float
    slow: bool


class AreaMap(msgspec.Struct, frozen=True, kw_only=True):
    """`outline` is a path in a drawing `height` high and WIDTH wide, `empty` the areas without a
    facility. `dots`: slow ones last, which lie on top. `names`: (name, where) of the slowest.
    `left_out`: names of areas that are in the list only, such as islands.
    """

    height: float
    outline: str
    empty: list[Spot]
    dots: list[AreaDot]
    names: list[tuple[str, MapName]]
    left_out: list[str]


async def area_map(rows: Sequence[BesideRow], province: str) -> AreaMap | None:
    """`rows` in the page's order: wards of `province`, or provinces where that is empty. None where
    nothing is to be drawn.
    """
    ground, height = await asyncio.to_thread(_ground, province)
    drawn = [row for row in rows if row.area.area.code in ground.centres]
    if not drawn:
        return None
    busiest = max(row.area.guests for row in drawn) or 1
    shown = {row.area.area.code for row in drawn}
    return AreaMap(
        height=height,
        outline=ground.outline,
        empty=[spot for code, spot in ground.centres.items() if code not in shown],
        dots=sorted((_dot(row, ground, busiest) for row in drawn), key=lambda dot: dot.slow),
        names=_names([row for row in drawn if row.pace], ground),
        left_out=[row.area.area.name for row in rows if row.area.area.code not in shown],
    )


def _dot(row: BesideRow, ground: Ground, busiest: int) -> AreaDot:
    share = sqrt(row.area.guests / busiest)
    return AreaDot(
        spot=ground.centres[str(row.area.area.code)],
        radius=round(_LEAST + share * (_MOST - _LEAST), 1),
        slow=bool(row.pace),
    )


def _names(slow: Sequence[BesideRow], ground: Ground) -> list[tuple[str, MapName]]:
    """Of slow areas with most silent facilities, those whose names do not lie on one another."""
    names: list[tuple[str, MapName]] = []
    for row in sorted(slow, key=lambda each: -each.area.silent):
        code = str(row.area.area.code)
        spot = ground.centres[code]
        if len(names) < _NAMED and all(
            abs(spot.y - name.spot.y) > _LETTERS or abs(spot.x - name.spot.x) > WIDTH / 2
            for _, name in names
        ):
            anchor = "end" if spot.x > WIDTH / 2 else "start"
            name = MapName(code=code, spot=spot, anchor=anchor)
            names.append((without_kind(row.area.area.name), name))
    return names


@cache
def _ground(province: str) -> tuple[Ground, float]:
    """With its height."""
    if not province:
        return country_ground(), HEIGHT
    _, wards = published_areas()
    spots = {
        ward.code: spot_of(ward.point.lon, ward.point.lat)
        for ward in wards
        if ward.province_code == province and ward.kind != ISLANDS
    }
    if not spots:
        return Ground("", {}), 0.0
    west, north = min(spot.x for spot in spots.values()), min(spot.y for spot in spots.values())
    wide = max(spot.x for spot in spots.values()) - west or 1.0
    high = max(spot.y for spot in spots.values()) - north or 1.0
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_PROVINCE_HEIGHT - 2 * _MARGIN) / high)
    aside = (WIDTH - scale * wide) / 2
    fitted = {
        code: Spot(
            round(aside + (spot.x - west) * scale, 1), round(_MARGIN + (spot.y - north) * scale, 1)
        )
        for code, spot in spots.items()
    }
    outline = outline_around(list(fitted.values()), _PROVINCE_TIGHT, 8)
    return Ground(outline, fitted), round(high * scale + 2 * _MARGIN, 1)
