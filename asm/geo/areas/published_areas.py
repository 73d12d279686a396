"""The provinces and wards of Vietnam as the package `vietnamadminunits` publishes them (MIT),
brought up to date with what it does not know yet. Pure: no database of ours.
"""

import sqlite3
from contextlib import closing
from datetime import date
from importlib.resources import as_file, files
from typing import Final, Literal

import msgspec

from asm.geo.points import Point

ProvinceKind = Literal["city", "province"]
WardKind = Literal["xa", "phuong", "dac_khu"]

#: Districts ended and the 34 provinces and 3,321 communes began on this day.
REFORM_2025: Final = date(2025, 7, 1)
DONG_NAI: Final = "75"
#: Đồng Nai became a city under central rule, and ten of its communes wards, on this day.
DONG_NAI_CITY_SINCE: Final = date(2026, 4, 30)
DONG_NAI_NEW_WARDS: Final[dict[str, str]] = {
    "25270": "Lộc Ninh",
    "25357": "Tân Khai",
    "25363": "Đồng Phú",
    "26116": "Tân Phú",
    "26170": "Trị An",
    "26248": "Trảng Bom",
    "26326": "Dầu Giây",
    "26368": "Long Thành",
    "26425": "Xuân Lộc",
    "26485": "Nhơn Trạch",
}

# The package's own kind column contradicts the name four times; the name is the official one.
_WARD_KINDS: Final[dict[str, WardKind]] = {"Xã": "xa", "Phường": "phuong", "Đặc khu": "dac_khu"}
_DEFAULT_AREA_KM2: Final = 30.0
_QUERY: Final = (
    "SELECT wardCode, ward, provinceCode, province, wardLat, wardLon, wardAreaKm2 "
    "FROM admin_units ORDER BY wardCode"
)


class PublishedProvince(msgspec.Struct, frozen=True, kw_only=True):
    """`valid_from` is the day since which the unit has this name and kind."""

    code: str
    name: str
    kind: ProvinceKind
    valid_from: date
    valid_to: date | None = None


class PublishedWard(msgspec.Struct, frozen=True, kw_only=True):
    """A commune-level unit; its point and its declared area in km²."""

    code: str
    name: str
    kind: WardKind
    province_code: str
    point: Point
    area_km2: float
    valid_from: date


def published_areas() -> tuple[list[PublishedProvince], list[PublishedWard]]:
    """All provinces and wards in force since 2026-04-30, by code. Reads the package's data file."""
    data = files("vietnamadminunits") / "data" / "dataset.db"
    with (
        as_file(data) as path,
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
    ):
        rows = db.execute(_QUERY).fetchall()
    provinces = {code: _province(code, name) for _, _, code, name, *_ in rows}
    wards = [
        _ward(code, name, province, Point(lon=lon, lat=lat), area)
        for code, name, province, _, lat, lon, area in rows
    ]
    return [provinces[code] for code in sorted(provinces)], wards


def _province(code: str, name: str) -> PublishedProvince:
    if code == DONG_NAI:
        return PublishedProvince(
            code=code, name="Thành phố Đồng Nai", kind="city", valid_from=DONG_NAI_CITY_SINCE
        )
    kind: ProvinceKind = "city" if name.startswith("Thành phố") else "province"
    return PublishedProvince(code=code, name=name, kind=kind, valid_from=REFORM_2025)


def _ward(
    code: str, name: str, province_code: str, point: Point, area_km2: float | None
) -> PublishedWard:
    valid_from = REFORM_2025
    if code in DONG_NAI_NEW_WARDS:
        name, valid_from = name.replace("Xã ", "Phường ", 1), DONG_NAI_CITY_SINCE
    kind = next(kind for prefix, kind in _WARD_KINDS.items() if name.startswith(prefix))
    return PublishedWard(
        code=code,
        name=name,
        kind=kind,
        province_code=province_code,
        point=point,
        area_km2=area_km2 or _DEFAULT_AREA_KM2,
        valid_from=valid_from,
    )
