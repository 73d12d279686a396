"""What an area is called and what stands for an old one, after wards were merged or renamed."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.demo.ward_split import EAST, WEST
from tests.people import sign_in
from tests.stays.area_changes.changing import Change, halves, record


async def test_merged_wards_and_a_new_name(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, day: date, tmp_path: Path
) -> None:
    """Minh's ward becomes part of Thảo's; then Thảo's is renamed, which moves nothing."""
    minh, thao = await sign_in(client, cast, "minh"), await sign_in(client, cast, "thao")
    point = (await halves(admin_engine, day))[WEST]
    door = {"lat": point.lat, "lon": point.lon, "address_text": "27 Phố Thử", "source": "survey"}
    code = (await client.post("/api/v1/addresses", json=door, headers=minh)).json()["code"]
    async with make_sessions(admin_engine)() as session:
        both = await session.execute(
            text("SELECT ST_AsGeoJSON(ST_Multi(ST_Union(boundary)), 15) FROM ward "
                 "WHERE code IN (:a, :b)"),
            {"a": WARD_A, "b": WARD_B},
        )  # fmt: skip
        whole = json.loads(both.scalar_one())
    ward = {"code": WARD_B, "name": "Phường Ba Đình", "kind": "phuong", "province_code": "01"}
    event = {
        "kind": "merged",
        "happened_on": str(day - timedelta(days=1)),
        "title": "Ví dụ bịa",
        "source": "Ví dụ bịa",
        "ended": [WARD_A],
        "wards": [ward | {"geometry": whole}],
    }
    await record(admin_engine, tmp_path, event)
    record_now = (await client.get(f"/api/v1/addresses/{code}", headers=thao)).json()
    assert record_now["address"]["ward_code"] == WARD_B
    query = {"q": "Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội"}
    mapped = (await client.post("/api/v1/areas/old-units", json=query)).json()
    assert (mapped["status"], mapped["new"]["code"]) == ("whole", WARD_B)
    named = event | {"kind": "renamed", "happened_on": str(day), "ended": []}
    named |= {"wards": [ward | {"name": "Phường Tên Bịa"}]}
    renamed = await record(admin_engine, tmp_path, named)
    assert (renamed.addresses_moved, renamed.facilities_moved) == (0, 0)
    mapped = (await client.post("/api/v1/areas/old-units", json=query)).json()
    assert (mapped["new"]["code"], mapped["new"]["name"]) == (WARD_B, "Phường Tên Bịa")


async def test_the_city_of_2026_changed_names_and_moved_no_door(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    admin = await sign_in(client, cast, "admin")
    door = {"lat": 10.7935, "lon": 107.0135, "address_text": "1 Phố Thử", "source": "survey"}
    issued = (await client.post("/api/v1/addresses", json=door, headers=admin)).json()
    assert issued["ward_code"] == "26368"
    query = {"q": "TT. Long Thành, H. Long Thành, T. Đồng Nai"}
    mapped = (await client.post("/api/v1/areas/old-units", json=query)).json()
    assert (mapped["status"], mapped["new"]["code"]) == ("whole", "26368")
    assert mapped["new"]["name"] == "Phường Long Thành"
    assert mapped["new"]["province_name"] == "Thành phố Đồng Nai"
    history = (await client.get("/api/v1/areas/wards/26368")).json()
    assert [form["name"] for form in history["forms"]] == ["Xã Long Thành", "Phường Long Thành"]


async def test_old_units_follow_what_happened_later(
    client: httpx.AsyncClient, change: Change
) -> None:
    async def mapping_of(**params: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await client.post("/api/v1/areas/old-units", json=params)).json()
        return answer

    old = "Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội"
    before = await mapping_of(q=old)
    assert (before["status"], before["new"]["code"]) == ("whole", WARD_A)
    assert (await mapping_of(q="Phường Hoàn Kiếm, Hà Nội"))["status"] == "current"
    await change()
    for mapped in (await mapping_of(q=old), await mapping_of(code=before["old"]["code"])):
        assert (mapped["status"], mapped["new"]) == ("divided", None)
        assert [unit["code"] for unit in mapped["choices"]] == [WEST, EAST]
        assert "Phường Ví Dụ 1" in mapped["question"]
    ended = await mapping_of(q="Phường Hoàn Kiếm, Hà Nội")
    assert (ended["status"], len(ended["choices"])) == ("divided", 2)
    assert (await mapping_of(q="Phường Ba Đình, Hà Nội"))["status"] == "current"
