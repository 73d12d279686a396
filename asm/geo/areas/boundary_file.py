"""Read a file of ward boundaries: GeoJSON, plain or gzipped. Pure: no database."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import Any

import msgspec
import shapely

from asm.errors import Invalid, field_error
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


class Area(msgspec.Struct, frozen=True, kw_only=True):
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
            raise _invalid(
                "ward_repeated", f"Đơn vị {code} có hai lần.", f"Ward {code} is there twice."
            )
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


def read_geometry(code: str, geometry: msgspec.Raw) -> Area:
    """Read one GeoJSON geometry of a ward. Raises Invalid as `read_boundary_file` does."""
    drawn = _geometry(code, geometry)
    _check_degrees(code, drawn)
    wrong = None if drawn.is_valid else shapely.is_valid_reason(drawn)
    area = _polygons(drawn if wrong is None else shapely.make_valid(drawn))
    return Area(wkb=shapely.to_wkb(area), empty=area.is_empty, repaired=wrong)


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise _invalid(
            "file_unreadable", "Không đọc được tệp ranh giới.", "The file cannot be read."
        ) from error


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
        raise _invalid(
            "not_geojson",
            f"Đơn vị {code} không phải Polygon hay MultiPolygon.",
            f"Ward {code} is neither a Polygon nor a MultiPolygon.",
        )
    return shapely.force_2d(drawn)


def _check_degrees(code: str, drawn: shapely.Geometry) -> None:
    if drawn.is_empty:
        return
    west, south, east, north = drawn.bounds
    if west >= WEST and east <= EAST and south >= SOUTH and north <= NORTH:
        return
    if south >= WEST and north <= EAST and west >= SOUTH and east <= NORTH:
        raise _invalid(
            "coordinates_swapped",
            f"Đơn vị {code}: vĩ độ đứng trước kinh độ; GeoJSON phải ghi kinh độ trước.",
            f"Ward {code} has latitude before longitude; GeoJSON puts longitude first.",
        )
    if max(map(abs, (west, south, east, north))) > 360:
        raise _wrong_crs(f"{code}: {west:.0f}, {south:.0f}")
    raise _invalid(
        "outside_vietnam",
        f"Đơn vị {code} nằm ngoài Việt Nam.",
        f"Ward {code} lies outside Vietnam.",
    )


def _polygons(area: shapely.Geometry) -> shapely.Geometry:
    """The polygons of what repairing left, which may hold lines and points too."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    nested = [part for part in shapely.get_parts(area) if part.geom_type == "MultiPolygon"]
    parts += [polygon for many in nested for polygon in many.geoms]
    return shapely.multipolygons(parts)


def _wrong_crs(found: str) -> Invalid:
    return _invalid(
        "wrong_crs",
        f"Tệp không dùng kinh độ, vĩ độ WGS 84 (EPSG:4326) mà là {found}.",
        f"The file is not in longitude and latitude of WGS 84 (EPSG:4326) but in {found}.",
    )


def _not_geojson() -> Invalid:
    return _invalid(
        "not_geojson",
        "Tệp không phải GeoJSON FeatureCollection có thuộc tính code cho mỗi đơn vị.",
        "The file is not a GeoJSON FeatureCollection whose features have a property code.",
    )


#: What helps, by code: Vietnamese, English. ogr2ogr comes with GDAL and QGIS.
_REMEDIES = {
    "wrong_crs": (
        "Chuyển sang WGS 84: ogr2ogr -t_srs EPSG:4326 moi.geojson cu.geojson, rồi nạp tệp mới.",
        "Convert it: ogr2ogr -t_srs EPSG:4326 new.geojson old.geojson, and load the new file.",
    ),
    "coordinates_swapped": (
        "Xuất lại với kinh độ trước: ogr2ogr -lco RFC7946=YES (hoặc đổi trục trong QGIS).",
        "Export it with longitude first: ogr2ogr -lco RFC7946=YES (or swap the axes in QGIS).",
    ),
    "ward_repeated": (
        "Gộp các phần của một đơn vị thành một MultiPolygon (QGIS: Dissolve theo code).",
        "Make the parts of a ward one MultiPolygon (QGIS: Dissolve by code).",
    ),
    "not_geojson": (
        "Xuất thành GeoJSON FeatureCollection, mỗi đơn vị có thuộc tính code (chuỗi năm chữ số).",
        "Export a GeoJSON FeatureCollection whose features have a code (text of five digits).",
    ),
}


def _invalid(code: str, message: str, message_en: str) -> Invalid:
    error = field_error("", code, message, message_en)
    if code in _REMEDIES:
        error["remedy"], error["remedy_en"] = _REMEDIES[code]
    return Invalid(code, message, message_en, errors=[error])
