"""Read a file of ward boundaries: GeoJSON, plain or gzipped. Pure: no database."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import Any

import msgspec
import shapely

from asm.errors import Invalid, invalid_field, reason_of
from asm.geo.points import EAST, NORTH, SOUTH, WEST

_GZIP_MAGIC = b"\x1f\x8b"
#: Names under which GeoJSON writers say "longitude and latitude, WGS 84".
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


class _Properties(msgspec.Struct, frozen=True):
    code: str


class _Feature(msgspec.Struct, frozen=True):
    properties: _Properties
    geometry: msgspec.Raw


class _Collection(msgspec.Struct, frozen=True):
    type: str
    features: list[_Feature]
    crs: dict[str, Any] | None = None


class DrawnArea(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn area as WKB of a valid MultiPolygon in EPSG:4326. `repaired`: what was wrong with it
    as drawn, such as `Self-intersection[105.8 21.0]`.
    """

    wkb: bytes
    empty: bool
    repaired: str | None


class BoundaryFile(msgspec.Struct, frozen=True, kw_only=True):
    """`boundaries`: ward code → WKB of a valid MultiPolygon in EPSG:4326. `invalid`: what was wrong
    as drawn, by ward, and is repaired; `empty`: how many had no area at all and are left out.
    """

    sha256: str
    features: int
    boundaries: dict[str, bytes]
    invalid: dict[str, str]
    empty: int


def read_boundary_file(path: Path) -> BoundaryFile:
    """Read and check the whole file before anything is written.

    Raises Invalid `file_unreadable`, `not_geojson`, `wrong_crs`, `coordinates_swapped`,
    `outside_vietnam` or `ward_repeated`; the text says which ward.
    """
    raw = _bytes_of(path)
    collection = _collection(raw)
    _check_crs(collection.crs)
    boundaries: dict[str, bytes] = {}
    invalid: dict[str, str] = {}
    empty = 0
    for feature in collection.features:
        code = feature.properties.code
        if code in boundaries:
            raise _invalid("ward_repeated", ward=code)
        area = read_geometry(code, feature.geometry)
        if area.repaired is not None:
            invalid[code] = area.repaired
        if area.empty:
            empty += 1
            continue
        boundaries[code] = area.wkb
    return BoundaryFile(
        sha256=hashlib.sha256(raw).hexdigest(),
        features=len(collection.features),
        boundaries=boundaries,
        invalid=invalid,
        empty=empty,
    )


def read_geometry(code: str, geometry: msgspec.Raw) -> DrawnArea:
    """Read one GeoJSON geometry of a ward. Raises Invalid as `read_boundary_file` does."""
    drawn = _geometry(code, geometry)
    _check_degrees(code, drawn)
    wrong = None if drawn.is_valid else shapely.is_valid_reason(drawn)
    area = _polygons(drawn if wrong is None else shapely.make_valid(drawn))
    return DrawnArea(wkb=shapely.to_wkb(area), empty=area.is_empty, repaired=wrong)


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise _invalid("file_unreadable", file=path, reason=reason_of(error)) from error


def _collection(raw: bytes) -> _Collection:
    try:
        collection = msgspec.json.decode(raw, type=_Collection)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_geojson() from error
    if collection.type != "FeatureCollection" or not collection.features:
        raise _not_geojson()
    return collection


def _check_crs(crs: dict[str, Any] | None) -> None:
    # RFC 7946 has no crs member: its coordinates are always WGS 84. Older writers still add one.
    if crs is None:
        return
    properties = crs.get("properties")
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not name.endswith(_WGS84):
        raise _wrong_crs(name or "?")


def _geometry(code: str, geometry: msgspec.Raw) -> shapely.Geometry:
    try:
        drawn = shapely.from_geojson(bytes(geometry))
    except shapely.GEOSException as error:
        raise _not_geojson() from error
    if drawn is None or drawn.geom_type not in {"Polygon", "MultiPolygon"}:
        raise _invalid("not_geojson", text="boundary_file.not_polygon", ward=code)
    return shapely.force_2d(drawn)


def _check_degrees(code: str, drawn: shapely.Geometry) -> None:
    if drawn.is_empty:
        return
    west, south, east, north = drawn.bounds
    if west >= WEST and east <= EAST and south >= SOUTH and north <= NORTH:
        return
    if south >= WEST and north <= EAST and west >= SOUTH and east <= NORTH:
        raise _invalid("coordinates_swapped", ward=code)
    if max(map(abs, (west, south, east, north))) > 360:
        raise _wrong_crs(f"{code}: {west:.0f}, {south:.0f}")
    raise _invalid("outside_vietnam", ward=code)


def _polygons(area: shapely.Geometry) -> shapely.Geometry:
    """The polygons of what repairing left, which may hold lines and points too."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    nested = [part for part in shapely.get_parts(area) if part.geom_type == "MultiPolygon"]
    parts += [polygon for many in nested for polygon in many.geoms]
    return shapely.multipolygons(parts)


def _wrong_crs(crs_name: str) -> Invalid:
    return _invalid("wrong_crs", found=crs_name)


def _not_geojson() -> Invalid:
    return _invalid("not_geojson")


def _invalid(code: str, text: str | None = None, **facts: object) -> Invalid:
    return invalid_field("", code, text=text or f"boundary_file.{code}", **facts)
