"""A list of addresses as CSV, GeoJSON or XLSX, row by row. For bytes from outside, call it through
`asm.intake.sheets.read_sheets.read_address_list_limited`.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from asm.errors import remedy
from asm.geo.addresses.address_terms import BuildingKind
from asm.geo.points import Point
from asm.identity.names import folded_key
from asm.intake.sheets.xlsx_container import FileReadFault, require_small_list
from asm.locales.texts import both

MOST_ROWS: Final = 50_000
_BUILDINGS: Final = frozenset(get_args(BuildingKind))
# Column names as people write them, folded and without spaces.
_COLUMNS: Final[dict[str, str]] = {
    "diachi": "address_text", "address": "address_text", "addresstext": "address_text",
    "vido": "lat", "lat": "lat", "latitude": "lat", "y": "lat",
    "kinhdo": "lon", "lon": "lon", "lng": "lon", "long": "lon", "longitude": "lon", "x": "lon",
    "saiso": "accuracy_m", "accuracy": "accuracy_m", "accuracym": "accuracy_m",
    "donvicu": "old_unit", "oldunit": "old_unit",
    "tang": "floor_unit", "canho": "floor_unit", "floor": "floor_unit", "floorunit": "floor_unit",
    "loainha": "building_kind", "buildingkind": "building_kind",
    "vpostcode": "vpostcode", "mabuuchinh": "vpostcode",
    "mabo": "ministry", "ministry": "ministry",
}  # fmt: skip


class ListFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a row (numbered as the file shows it; 0 for the file), and what to do."""

    row: int
    field: str
    code: str
    message: str
    message_en: str
    remedy: str
    remedy_en: str


class ListedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One row that could be read; the point is checked by whoever takes it."""

    row: int
    point: Point
    address_text: str
    accuracy_m: float | None = None
    old_unit: str | None = None
    floor_unit: str | None = None
    building_kind: BuildingKind | None = None
    vpostcode: str | None = None
    ministry: str | None = None


class AddressListReading(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that were read, and a fault for each of the others. `read_fault`: about the file."""

    rows: list[ListedAddress] = []
    faults: list[ListFault] = []
    read_fault: ListFault | None = None


class _Unusable(Exception):  # noqa: N818 -- carries the one fault of a whole file
    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.read_fault = _read_fault(0, "file", code, **facts)


def read_address_list(data: bytes) -> AddressListReading:
    """Read a list by what its bytes are. Never raises for what they may hold."""
    try:
        return _read_rows(_rows_of(data))
    except _Unusable as refusal:
        return AddressListReading(read_fault=refusal.read_fault)
    except FileReadFault as refusal:
        problem = refusal.problem
        return AddressListReading(
            read_fault=ListFault(
                row=0,
                field="file",
                code=problem.rule,
                message=problem.message,
                message_en=problem.message_en,
                remedy=problem.remedy or "",
                remedy_en=problem.remedy_en or "",
            )
        )


def too_heavy() -> ListFault:
    """The fault of a file that took more memory or time to read than anyone may ask for."""
    return _read_fault(0, "file", "too_heavy")


def _rows_of(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    if data.startswith(b"PK"):
        return _sheet_rows(data)
    text = _text_of(data)
    return _geojson_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unusable("not_utf8") from None


def _csv_rows(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader]
    except csv.Error:
        raise _damaged() from None
    return _with_header(lines)


def _sheet_rows(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    name = require_small_list(data, MOST_ROWS)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name)
        grid = sheet.to_python(skip_empty_area=False)
    except CalamineError:
        raise _damaged() from None
    return _with_header(list(enumerate(grid, start=1)))


def _with_header(lines: list[tuple[int, Any]]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    header = lines[0][1] if lines else []
    names = [_COLUMNS.get(_key(str(cell))) for cell in header]
    missing = {"address_text", "lat", "lon"} - set(names)
    if missing:
        raise _Unusable("columns_missing", columns=", ".join(sorted(missing)))
    return [
        (row, {name: cell for name, cell in zip(names, line, strict=False) if name})
        for row, line in lines[1:]
        if any(str(cell).strip() for cell in line)
    ]


def _key(header: str) -> str:
    return folded_key(header).replace(" ", "").replace("_", "")


def _geojson_rows(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _damaged() from None
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise _Unusable("not_a_collection")
    _require_wgs84(document.get("crs"))
    return [(row, _feature(feature)) for row, feature in enumerate(features, start=1)]


def _require_wgs84(crs: Any) -> None:
    """RFC 7946 knows one system; older files name theirs, and it must be that one."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not name.upper().endswith(("CRS84", "EPSG:4326", "EPSG::4326")):
        raise _Unusable("other_crs")


def _feature(feature: Any) -> Mapping[str, Any]:
    feature = feature if isinstance(feature, dict) else {}
    properties = feature.get("properties")
    named = {
        _COLUMNS[_key(str(name))]: value
        for name, value in (properties if isinstance(properties, dict) else {}).items()
        if _key(str(name)) in _COLUMNS
    }
    geometry = feature.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if isinstance(point, list) and len(point) >= 2 and geometry.get("type") == "Point":
        named |= {"lon": point[0], "lat": point[1]}
    else:
        named |= {"lon": None, "lat": None}
    return named


def _read_rows(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> AddressListReading:
    listed: list[ListedAddress] = []
    faults: list[ListFault] = []
    for count, (row, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise _Unusable("too_many_rows", most=MOST_ROWS)
        read = _read_row(row, cells)
        if isinstance(read, ListFault):
            faults.append(read)
        else:
            listed.append(read)
    return AddressListReading(rows=listed, faults=faults)


def _read_row(row: int, cells: Mapping[str, Any]) -> ListedAddress | ListFault:
    lat, lon = _number(cells.get("lat")), _number(cells.get("lon"))
    if lat is None or lon is None:
        return _read_fault(row, "lat" if lat is None else "lon", "coordinate_unreadable")
    address = _text(cells.get("address_text"))
    if address is None:
        return _read_fault(row, "address_text", "address_missing")
    building = _text(cells.get("building_kind"))
    if building is not None and building not in _BUILDINGS:
        return _read_fault(
            row, "building_kind", "building_unknown", kinds=", ".join(sorted(_BUILDINGS))
        )
    return ListedAddress(
        row=row,
        point=Point(lon=lon, lat=lat),
        address_text=address,
        accuracy_m=_number(cells.get("accuracy_m")),
        old_unit=_text(cells.get("old_unit")),
        floor_unit=_text(cells.get("floor_unit")),
        building_kind=msgspec.convert(building, BuildingKind | None),
        vpostcode=_text(cells.get("vpostcode")),
        ministry=_text(cells.get("ministry")),
    )


def _number(cell: Any) -> float | None:
    """Decimal degrees or metres; a comma for the point is read as Vietnamese sheets write it."""
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        return float(str(cell).strip().replace(",", "."))
    except ValueError:
        return None


def _text(cell: Any) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()) or None if cell is not None else None


def _damaged() -> _Unusable:
    return _Unusable("damaged")


def _read_fault(row: int, field: str, code: str, **facts: object) -> ListFault:
    message, message_en = both("refusals", f"address_list.{code}", facts)
    return ListFault(
        row=row,
        field=field,
        code=code,
        message=message,
        message_en=message_en,
        **remedy(f"address_list.{code}", **facts),
    )
