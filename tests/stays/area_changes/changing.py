"""An invented change of areas, and the officers that it brings."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import shapely
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.create import create_account
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A
from asm.demo.ward_split import invented_split
from asm.geo.points import Point
from asm.stays.area_changes import AreaChange, change_areas

PASSWORD = "a-long-invented-password-2026"
Change = Callable[[], Awaitable[AreaChange]]


async def record(engine: AsyncEngine, folder: Path, event: dict[str, Any]) -> AreaChange:
    path = folder / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return await change_areas(engine, path)


async def new_officer(client: httpx.AsyncClient, engine: AsyncEngine, ward: str) -> dict[str, str]:
    """Headers of an officer of a ward that came to be."""
    async with make_sessions(engine).begin() as session:
        await create_account(
            session,
            login=f"officer-{ward}",
            password=PASSWORD,
            display_name="Cán bộ mới",
            role="ward_officer",
            ward_code=ward,
        )
    said = {"login": f"officer-{ward}", "password": PASSWORD, "label": "test"}
    answer = await client.post("/api/v1/tokens", json=said)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def halves(engine: AsyncEngine, day: date) -> dict[str, Point]:
    """A point inside each half of Minh's ward, before it is split."""
    async with make_sessions(engine)() as session:
        event = await invented_split(session, WARD_A, day)
    inside = {
        ward["code"]: shapely.from_geojson(json.dumps(ward["geometry"])).representative_point()
        for ward in event["wards"]
    }
    return {code: Point(lon=point.x, lat=point.y) for code, point in inside.items()}
