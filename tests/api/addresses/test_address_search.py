"""A door is found by its codes, its text and its place, by those who may see it."""

from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, Cast
from asm.geo.addresses.door_code import encode, format_code
from asm.geo.points import Point
from tests.api.doors import FIND, PATH
from tests.people import sign_in


async def test_a_door_is_found_by_every_way(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    code = issued["code"]

    async def search_for(q: str) -> list[dict[str, Any]]:
        answer = await client.post(FIND, json={"q": q}, headers=minh)
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()
        return listed

    for q in (code, format_code(code).lower(), "27 ngõ 5 phố Hàng Thử", "27 ngo 5 hang thu",
              "27 ngo 5 hnag thu", "27 ngo 5 pho hang tju"):  # fmt: skip
        assert (await search_for(q))[0]["code"] == code, q
    listed = (await search_for(code))[0]
    assert (await search_for(listed["plus_code"]))[0]["code"] == code
    assert (await search_for(f"\u200b{listed['plus_code']}\ufeff"))[0]["code"] == code
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in code)
    assert (await search_for(f"\u202a{wide}\u202c"))[0]["code"] == code
    assert await search_for("đường chẳng có thật") == []
    alias = {"kind": "vpostcode", "value": "10000-ABC1234", "valid_from": "2026-01-01"}
    added = await client.post(f"{PATH}/{code}/aliases", json=alias, headers=minh)
    assert added.status_code == 200, added.text
    assert (await search_for("10000-ABC1234"))[0]["code"] == code
    again = await client.post(f"{PATH}/{code}/aliases", json=alias, headers=minh)
    assert (again.status_code, again.json()["code"]) == (409, "alias_held")


async def test_where_somebody_lives_is_never_in_a_requests_address(
    client: httpx.AsyncClient, minh: dict[str, str]
) -> None:
    """Addresses of requests end up in logs: no operation takes text or place of a door there."""
    contract = (await client.get("/api/v1/docs/openapi.json")).json()
    for path, operations in contract["paths"].items():
        for operation in operations.values():
            names = {
                each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
            }
            assert not names & {"lat", "lon", "address", "address_text"}, path
            assert "q" not in names or path.endswith("/areas/wards"), path
    for path in (PATH, f"{PATH}/nearest", f"{PATH}/at"):
        here = {"q": "27", "lat": 21.0, "lon": 105.8}
        assert (await client.get(path, params=here, headers=minh)).status_code in {404, 405, 422}


async def test_a_misread_code_is_refused_with_the_likely_one(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    code = issued["code"]
    wrong = code[:4] + ("2" if code[4] != "2" else "3") + code[5:]
    for answer in (
        await client.post(FIND, json={"q": wrong}, headers=minh),
        await client.get(f"{PATH}/{wrong}", headers=minh),
    ):
        assert answer.status_code == 422
        assert format_code(code) in answer.json()["errors"][0]["remedy_en"]


async def test_nearest_and_reverse(
    client: httpx.AsyncClient,
    minh: dict[str, str],
    issued: dict[str, Any],
    point: tuple[float, float],
) -> None:
    lat, lon = point
    near = await client.post(f"{PATH}/nearest", json={"lat": lat, "lon": lon}, headers=minh)
    nearest = near.json()
    assert [each["distance_m"] for each in nearest] == sorted(
        each["distance_m"] for each in nearest
    )
    assert nearest[-1]["code"] == issued["code"]
    assert 105 < nearest[-1]["distance_m"] < 117
    query = {"lat": lat, "lon": lon, "limit": 1, "within_m": 50}
    assert len((await client.post(f"{PATH}/nearest", json=query, headers=minh)).json()) == 1
    here = {"lat": issued["lat"], "lon": issued["lon"]}
    at = (await client.post(f"{PATH}/at", json=here, headers=minh)).json()
    assert at["ward"]["code"] == WARD_A
    assert at["cell_code"] == issued["code"]
    assert [each["code"] for each in at["addresses"]] == [issued["code"]]
    exchanged = {"lat": lon, "lon": lat}
    refused = await client.post(f"{PATH}/nearest", json=exchanged, headers=minh)
    assert refused.json()["code"] == "coordinates_swapped"
    assert f"latitude {lat}" in refused.json()["errors"][0]["remedy_en"]
    too_many = await client.post(f"{PATH}/nearest", json=here | {"limit": 5000}, headers=minh)
    assert too_many.status_code == 422


async def test_an_administrator_finds_any_door_by_text(
    client: httpx.AsyncClient, cast: Cast, issued: dict[str, Any]
) -> None:
    admin = await sign_in(client, cast, "admin")
    for q in ("27 ngo 5 hang thu", "27 ngõ 5 hnag thử"):
        addresses = (await client.post(FIND, json={"q": q}, headers=admin)).json()
        assert addresses[0]["code"] == issued["code"], q
    facility = (await client.post(FIND, json={"q": "12 Hàng Thử"}, headers=admin)).json()
    assert str(cast.hoa_sen) in [each["facility_id"] for each in facility]


async def test_a_crowd_of_common_words_hides_no_door(
    client: httpx.AsyncClient, cast: Cast, issued: dict[str, Any], admin_engine: AsyncEngine
) -> None:
    """More doors than are compared share all words of the wanted one but one."""
    crowd = text(
        "INSERT INTO digital_address (code, unit, point, point_source, address_text, folded, "
        "ward_code) SELECT code, 0, ST_SetSRID(ST_MakePoint(105.85, 21.03), 4326), 'imported', "
        "said, said, :ward FROM (SELECT code, (1000 + n) || ' ngo 5 hang thu phuong mau' AS said "
        "FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS made (code, n)) told"
    )
    codes = [encode(Point(lon=105.6, lat=21.2 + step / 10_000)) for step in range(2500)]
    admin = await sign_in(client, cast, "admin")
    for analysed in (False, True):
        if not analysed:
            async with make_sessions(admin_engine).begin() as session:
                await session.execute(crowd, {"ward": WARD_A, "codes": codes})
        else:
            async with admin_engine.connect() as connection:
                plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await plain.execute(text("ANALYZE digital_address"))
        for q in ("27 ngõ 5 phố Hàng Thử", "27 ngo 5 hang thu", "27 ngo 5 hang thuu"):
            addresses = (await client.post(FIND, json={"q": q}, headers=admin)).json()
            assert addresses[0]["code"] == issued["code"], (q, analysed)
            assert len(addresses) <= 20
        in_crowd = (
            await client.post(FIND, json={"q": "1500 ngo 5 hang thu"}, headers=admin)
        ).json()
        assert in_crowd[0]["address_text"].startswith("1500 ")
