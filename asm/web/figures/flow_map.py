"""Flows between provinces as curves: at most twenty, over a drawing of the country.

Where provinces lie comes from the points of their wards (`vietnamadminunits`, MIT); the outline is
drawn around these points, and is no border. No ward's polygon is needed, none is shipped.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from math import cos, hypot, radians
from typing import Final

import msgspec

from asm.geo.areas.published_areas import published_areas

MOST_CURVES: Final = 20
#: The drawing's own units: one is a sixteenth of the reader's letter size.
WIDTH: Final = 288.0
HEIGHT: Final = 556.0
_WEST, _NORTH = 102.1, 23.45
_SCALE: Final = 36.0
_SQUEEZE: Final = cos(radians(16))
#: How far a curve bends aside, of its length; both ways of a pair stay apart.
_BEND: Final = 0.2
_WEIGHTS: Final = 5
_NAMED: Final = 8
#: How tightly the outline follows the points; smaller would tear the country apart.
_TIGHT: Final = 0.06
#: The kind of areas that are islands: drawn to scale they would leave no room for the mainland.
ISLANDS: Final = "dac_khu"


class Spot(msgspec.Struct, frozen=True):
    """Across and down in the drawing."""

    x: float
    y: float


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Guest nights from one province's residents in another; codes of provinces."""

    origin: str
    destination: str
    guest_nights: int


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A path of SVG; `weight` from 1 to 5."""

    path: str
    weight: int
    flow: Flow


class MapName(msgspec.Struct, frozen=True, kw_only=True):
    """A province to be named on the map, by code."""

    code: str
    spot: Spot
    anchor: str


class FlowMap(msgspec.Struct, frozen=True, kw_only=True):
    """`outline` is a path; `spots` every province; `left_out`: flows beyond the twenty."""

    outline: str
    spots: list[Spot]
    curves: list[Curve]
    names: list[MapName]
    left_out: int


class Ground(msgspec.Struct, frozen=True):
    """What a map is drawn on: `centres` of areas by code."""

    outline: str
    centres: dict[str, Spot]


def flow_map(flows: Sequence[Flow]) -> FlowMap | None:
    """The largest flows between two provinces; None without any. The first call of a process reads
    the points of all wards (a tenth of a second): keep it off the event loop.
    """
    country = country_ground()
    known = [
        flow
        for flow in flows
        if flow.guest_nights > 0
        and flow.origin != flow.destination
        and {flow.origin, flow.destination} <= country.centres.keys()
    ]
    shown = sorted(known, key=lambda flow: -flow.guest_nights)[:MOST_CURVES]
    if not shown:
        return None
    most = shown[0].guest_nights
    return FlowMap(
        outline=country.outline,
        spots=list(country.centres.values()),
        curves=[_curve(flow, country.centres, most) for flow in reversed(shown)],
        names=_names(shown, country.centres),
        left_out=len(known) - len(shown),
    )


def _curve(flow: Flow, centres: dict[str, Spot], most: int) -> Curve:
    start, end = centres[flow.origin], centres[flow.destination]
    across, down = end.x - start.x, end.y - start.y
    bend = Spot(
        (start.x + end.x) / 2 + down * _BEND,
        (start.y + end.y) / 2 - across * _BEND,
    )
    return Curve(
        path=f"M{start.x} {start.y}Q{bend.x:.1f} {bend.y:.1f} {end.x} {end.y}",
        weight=max(1, round(_WEIGHTS * flow.guest_nights / most)),
        flow=flow,
    )


def _names(flows: Sequence[Flow], centres: dict[str, Spot]) -> list[MapName]:
    """Of the busiest provinces, those whose names do not lie on one another."""
    weight: dict[str, int] = defaultdict(int)
    for flow in flows:
        weight[flow.origin] += flow.guest_nights
        weight[flow.destination] += flow.guest_nights
    names: list[MapName] = []
    for code in sorted(weight, key=lambda each: -weight[each]):
        spot = centres[code]
        if len(names) < _NAMED and all(_apart(spot, name.spot) for name in names):
            anchor = "end" if spot.x > WIDTH / 2 else "start"
            names.append(MapName(code=code, spot=spot, anchor=anchor))
    return names


def _apart(spot: Spot, other: Spot) -> bool:
    return abs(spot.y - other.y) > 14 or hypot(spot.x - other.x, spot.y - other.y) > WIDTH / 2


@cache
def country_ground() -> Ground:
    """The country, with its provinces. Reads all wards: keep it off the event loop."""
    _, wards = published_areas()
    mainland: dict[str, list[Spot]] = defaultdict(list)
    for ward in wards:
        if ward.kind != ISLANDS:
            mainland[ward.province_code].append(spot_of(ward.point.lon, ward.point.lat))
    outline = outline_around([spot for spots in mainland.values() for spot in spots], _TIGHT, 3)
    return Ground(outline, {code: _middle(spots) for code, spots in mainland.items()})


def outline_around(spots: Sequence[Spot], tight: float, margin: float) -> str:
    """A path around `spots`, `margin` away from them; `tight` from 0, which follows them closely,
    to 1.
    """
    import shapely  # noqa: PLC0415 -- memory that only a process which draws maps needs

    points = shapely.multipoints([(spot.x, spot.y) for spot in spots])
    hull = shapely.concave_hull(points, ratio=tight)
    rim = shapely.get_coordinates(shapely.simplify(shapely.buffer(hull, margin), margin / 2))
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in rim) + "Z"


def _middle(spots: Sequence[Spot]) -> Spot:
    count = len(spots)
    return Spot(
        round(sum(spot.x for spot in spots) / count, 1),
        round(sum(spot.y for spot in spots) / count, 1),
    )


def spot_of(lon: float, lat: float) -> Spot:
    """Where a point lies in the drawing of the country."""
    return Spot(
        round((lon - _WEST) * _SQUEEZE * _SCALE, 1),
        round((_NORTH - lat) * _SCALE, 1),
    )
