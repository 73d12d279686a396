"""Where the register of addresses is asked, and a door that can be issued there."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PATH = "/api/v1/addresses"
FIND = f"{PATH}/search"


async def centre_of(session: AsyncSession, ward: str) -> tuple[float, float]:
    row = await session.execute(
        text("SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = :code"), {"code": ward}
    )
    lat, lon = row.one()
    return lat, lon


def door(point: tuple[float, float], **changes: Any) -> dict[str, Any]:
    lat, lon = point
    fields = {"address_text": "27 ngõ 5 phố Hàng Thử", "source": "survey", "accuracy_m": 3}
    return {"lat": lat + 0.001, "lon": lon, **fields, **changes}
