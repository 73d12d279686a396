"""Do boundaries fit together: where they overlap, and what they leave out. Pure: no database."""

import math
from collections.abc import Mapping

import msgspec
import shapely

#: Slivers along borders that were drawn twice are no finding; in square kilometres.
LEAST_KM2 = 0.01
MOST_LISTED = 50
_KM_PER_DEGREE = 111.32


class BoundaryOverlap(msgspec.Struct, frozen=True, kw_only=True):
    """Two wards that both hold some ground."""

    codes: tuple[str, str]
    km2: float


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A hole that wards enclose and none holds, with a point in it (degrees)."""

    lat: float
    lon: float
    km2: float


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """All `overlaps` and `gaps` above LEAST_KM2 are counted, the largest MOST_LISTED are listed."""

    overlap_count: int
    overlap_km2: float
    overlaps: list[BoundaryOverlap]
    gap_count: int
    gap_km2: float
    gaps: list[Gap]


def study_coverage(boundaries: Mapping[str, bytes]) -> Coverage:
    """Compare all boundaries (ward code → WKB, EPSG:4326); some seconds for the whole country."""
    codes = sorted(boundaries)
    areas = shapely.from_wkb([boundaries[code] for code in codes])
    overlaps = _overlaps(codes, areas)
    gaps = _gaps(areas)
    return Coverage(
        overlap_count=len(overlaps),
        overlap_km2=round(sum(overlap.km2 for overlap in overlaps), 3),
        overlaps=overlaps[:MOST_LISTED],
        gap_count=len(gaps),
        gap_km2=round(sum(gap.km2 for gap in gaps), 3),
        gaps=gaps[:MOST_LISTED],
    )


def square_km(area: shapely.Geometry) -> float:
    """The size of an area in degrees, to about a per cent at these latitudes."""
    if area.is_empty:
        return 0.0
    size = float(shapely.area(area)) * _KM_PER_DEGREE**2
    return size * math.cos(math.radians(shapely.centroid(area).y))


def difference_share(before: shapely.Geometry, after: shapely.Geometry) -> float:
    """How much of an area moved: 0 for the same, 2 for two apart."""
    whole = max(float(shapely.area(before)), 1e-12)
    share = float(shapely.area(shapely.symmetric_difference(before, after))) / whole
    return round(share, 4)


def _overlaps(codes: list[str], areas: shapely.Geometry) -> list[BoundaryOverlap]:
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.intersection(areas[first], areas[second])
    overlaps = [
        BoundaryOverlap(codes=(codes[a], codes[b]), km2=round(square_km(area), 4))
        for a, b, area in zip(first, second, shared, strict=True)
        if shapely.area(area) > 0 and square_km(area) >= LEAST_KM2
    ]
    return sorted(overlaps, key=lambda overlap: (-overlap.km2, overlap.codes))


def _gaps(areas: shapely.Geometry) -> list[Gap]:
    holes = [
        shapely.Polygon(interior)
        for part in shapely.get_parts(shapely.union_all(areas))
        if part.geom_type == "Polygon"
        for interior in part.interiors
    ]
    gaps = []
    for hole in holes:
        size = square_km(hole)
        if size >= LEAST_KM2:
            inside = hole.representative_point()
            gaps.append(Gap(lat=round(inside.y, 5), lon=round(inside.x, 5), km2=round(size, 4)))
    return sorted(gaps, key=lambda gap: -gap.km2)
