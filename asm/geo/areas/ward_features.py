"""Wards as GeoJSON features: who they are, what they were on a day, and where they end."""

from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.maps.features import Feature, Frame

_TABLES = {
    False: {"wards": "(SELECT * FROM ward WHERE valid_to IS NULL)", "provinces": "province"},
    True: {"wards": "wards_on(:day)", "provinces": "provinces_on(:day)"},
}
_WHERE = "w.boundary && ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
_COLUMNS = """
SELECT w.code, w.name, w.kind, w.province_code, p.name AS province_name, w.valid_from,
  w.boundary_approximate, ST_AsGeoJSON(w.boundary, 6) AS geometry
FROM {wards} w JOIN {provinces} p ON p.code = w.province_code
"""
_ITEMS = _COLUMNS + "WHERE {where} ORDER BY w.code LIMIT :limit OFFSET :offset"
_COUNT = "SELECT count(*) FROM {wards} w WHERE {where}"
_ONE = _COLUMNS + "WHERE w.code = :code AND w.boundary IS NOT NULL"


async def ward_features(session: AsyncSession, frame: Frame) -> tuple[list[Feature], int]:
    """The wards whose frame meets the given one, by code, and how many there are in all."""
    tables = _TABLES[frame.day is not None]
    given = msgspec.structs.asdict(frame)
    count: int = (
        await session.execute(text(_COUNT.format(where=_WHERE, **tables)), given)
    ).scalar_one()
    rows = await session.execute(text(_ITEMS.format(where=_WHERE, **tables)), given)
    return [_feature(row) for row in rows.mappings()], count


async def ward_feature(session: AsyncSession, code: str) -> Feature | None:
    """The ward in force with this code, or None."""
    statement = text(_ONE.format(**_TABLES[False]))
    row = (await session.execute(statement, {"code": code})).mappings().one_or_none()
    return None if row is None else _feature(row)


def _feature(row: Any) -> Feature:
    properties = dict(row)
    geometry = properties.pop("geometry")
    return Feature(id=row["code"], geometry=msgspec.Raw(geometry.encode()), properties=properties)
