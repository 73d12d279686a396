"""An invented split of a ward in two halves, to show and to test what an event does. It is never
seeded: the codes begin with 99, which the statistics office does not use.
"""

import json
from datetime import date
from typing import Any, Final

import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import not_found
from asm.geo.areas.wards import require_areas

WEST: Final = "99001"
EAST: Final = "99002"
_WARD = text("""
SELECT province_code, ST_AsBinary(boundary) AS wkb FROM ward
WHERE code = :code AND valid_to IS NULL AND boundary IS NOT NULL
""")


async def invented_split(session: AsyncSession, code: str, day: date) -> dict[str, Any]:
    """The content of an event file that ends the ward on `day` and begins its western and eastern
    half. Raises `ward_not_found` or `areas_missing`.
    """
    ward = (await session.execute(_WARD, {"code": code})).one_or_none()
    if ward is None:
        await require_areas(session)
        raise not_found("ward")
    whole = shapely.from_wkb(ward.wkb)
    west, south, east, north = whole.bounds
    middle = (west + east) / 2
    halves = {
        WEST: shapely.box(west, south, middle, north),
        EAST: shapely.box(middle, south, east, north),
    }
    return {
        "kind": "split",
        "happened_on": day.isoformat(),
        "title": f"Chia đơn vị {code} (ví dụ bịa)",
        "source": "Ví dụ bịa, không có văn bản nào",
        "ended": [code],
        "wards": [
            {
                "code": new,
                "name": f"Phường Ví Dụ {new[-1]}",
                "kind": "phuong",
                "province_code": ward.province_code,
                "geometry": json.loads(shapely.to_geojson(shapely.intersection(whole, half))),
            }
            for new, half in halves.items()
        ],
    }
