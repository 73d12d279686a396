"""Rough ward areas from ward points alone, for installations that have no boundary file yet.

Each ward gets what lies nearer to its point than to any other (a Voronoi cell), cut to a disc
around the point, so that the open sea and neighbouring countries are in no ward. Against real
boundaries three points in four fall into the right ward and 98 in 100 into the right province:
good enough to propose a ward that a person confirms, never to decide a dispute.
"""

import math
from collections.abc import Sequence

import shapely

from asm.geo.areas.published_areas import PublishedWard

#: The disc's radius in radii of a circle with the ward's declared area, and its least radius.
REACH = 3.0
LEAST_REACH_KM = 5.0

# One point stands for an archipelago whose islands lie hundreds of kilometres apart.
ARCHIPELAGO_REACH_KM = {
    "20333": 120.0,  # Hoàng Sa
    "22736": 320.0,  # Trường Sa
}

_KM_PER_DEGREE = 111.32
# Degrees of longitude are shorter than those of latitude; at 16°N, the middle of the country.
_SQUEEZE = math.cos(math.radians(16))
_FRAME = shapely.box(95 * _SQUEEZE, 0, 125 * _SQUEEZE, 30)
_GRID = 1e-6


def approximate_cells(wards: Sequence[PublishedWard]) -> list[bytes]:
    """One cell per ward, in the same order, as WKB of a MultiPolygon in degrees (EPSG:4326)."""
    points = shapely.points(
        [ward.point.lon * _SQUEEZE for ward in wards], [ward.point.lat for ward in wards]
    )
    cells = shapely.voronoi_polygons(
        shapely.multipoints(points), extend_to=_FRAME, ordered=True
    ).geoms
    return [
        _to_wkb(shapely.intersection(cell, shapely.buffer(point, _reach(ward))))
        for ward, point, cell in zip(wards, points, cells, strict=True)
    ]


def _reach(ward: PublishedWard) -> float:
    """The radius of the ward's disc in degrees of latitude."""
    radius_km = max(REACH * math.sqrt(ward.area_km2 / math.pi), LEAST_REACH_KM)
    return ARCHIPELAGO_REACH_KM.get(ward.code, radius_km) / _KM_PER_DEGREE


def _to_wkb(cell: shapely.Geometry) -> bytes:
    degrees = shapely.transform(cell, lambda xy: xy / [_SQUEEZE, 1])
    # One grid for all cells: neighbours keep the same corner, without slivers between them.
    snapped = shapely.set_precision(degrees, _GRID)
    wkb: bytes = shapely.to_wkb(shapely.multipolygons([snapped]))
    return wkb
