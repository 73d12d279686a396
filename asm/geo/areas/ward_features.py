"""Wards as GeoJSON features: who they are, what they were on a day, and where they end."""

from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.geo.areas.wards import DATED
from asm.geo.maps.features import Feature, Frame

_SQL = read_statements(__name__, DATED)
_TODAY = text(_SQL["count_today"]), text(_SQL["items_today"])
_THAT_DAY = text(_SQL["count_that_day"]), text(_SQL["items_that_day"])
_BY_CODE = text(_SQL["one"])


async def ward_features(session: AsyncSession, frame: Frame) -> tuple[list[Feature], int]:
    """The wards whose frame meets the given one, by code, and how many there are in all."""
    counting, items = _TODAY if frame.day is None else _THAT_DAY
    given = msgspec.structs.asdict(frame)
    count: int = (await session.execute(counting, given)).scalar_one()
    rows = await session.execute(items, given)
    return [_feature(row) for row in rows.mappings()], count


async def ward_feature(session: AsyncSession, code: str) -> Feature | None:
    """The ward in force with this code, or None."""
    row = (await session.execute(_BY_CODE, {"code": code})).mappings().one_or_none()
    return None if row is None else _feature(row)


def _feature(row: Any) -> Feature:
    properties = dict(row)
    geometry = properties.pop("geometry")
    return Feature(id=row["code"], geometry=msgspec.Raw(geometry.encode()), properties=properties)
