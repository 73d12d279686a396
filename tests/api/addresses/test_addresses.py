"""The register of digital addresses over JSON: who issues, sees and changes which door."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.geo.addresses.door_code import encode
from asm.geo.points import Point
from tests.api.doors import FIND, PATH, centre_of, door
from tests.people import sign_in


@pytest.mark.parametrize(
    ("old_unit", "status", "choices", "holds_point"),
    [
        ("Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội", "whole", 0, True),
        ("Phường Bến Nghé, Quận 1, TP.HCM", "whole", 0, False),
        ("Xã Hưng Đạo, Huyện Tứ Kỳ, Tỉnh Hải Dương", "divided", 2, False),
        ("Phường 1, TP HCM", "ambiguous", 0, None),
        ("Phường Thử, Quận Mẫu", "unknown", 0, None),
    ],
)
async def test_an_old_unit_is_answered_or_asked_about_and_never_guessed(
    old_unit: str,
    status: str,
    choices: int,
    holds_point: bool | None,
    client: httpx.AsyncClient,
    minh: dict[str, str],
    issued: dict[str, Any],
) -> None:
    at = f"{PATH}/{issued['code']}"
    assert (await client.get(at, headers=minh)).json()["old_unit_now"] is None
    said = {"address_text": "27 ngõ 5 phố Hàng Thử", "old_unit": old_unit}
    record = (await client.put(f"{at}/description", json=said, headers=minh)).json()
    now = record["old_unit_now"]
    assert (now["status"], len(now["choices"]), now["holds_point"]) == (
        status, choices, holds_point
    )  # fmt: skip
    assert (now["new"] is not None) == (status == "whole")
    assert (now["question"] is not None) == (status in {"divided", "ambiguous"})
    # The text decides nothing: the door is in the ward of its point, its words as people wrote.
    assert record["address"]["ward_code"] == WARD_A
    assert record["address"]["old_unit"] == old_unit


async def test_every_change_is_kept_and_the_code_stays(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    at = f"{PATH}/{issued['code']}"
    verified = (await client.post(f"{at}/verification", headers=minh)).json()
    assert verified["verified_by"] is not None
    moved = {"lat": issued["lat"] + 0.0001, "lon": issued["lon"], "source": "phone_gps"}
    answer = await client.put(f"{at}/point", json=moved | {"accuracy_m": 8}, headers=minh)
    assert answer.status_code == 200, answer.text
    said = {"address_text": "27 ngõ 5 Hàng Thử mới", "floor_unit": "tầng 2",
            "old_unit": "Phường Thử, Quận Mẫu", "building_kind": "row_house"}  # fmt: skip
    record = (await client.put(f"{at}/description", json=said, headers=minh)).json()
    assert record["address"]["code"] == issued["code"]
    assert record["address"]["floor_unit"] == "tầng 2"
    assert record["address"]["accuracy_m"] == 8
    assert record["verified_by"] is None  # what was verified is no longer what is said
    changes = record["changes"]
    assert [each["what"] for each in changes] == ["description", "point", "verified", "issued"]
    assert all(each["changed_by"] == verified["verified_by"] for each in changes)
    assert changes[1]["before"]["lat"] == pytest.approx(issued["lat"])
    assert changes[1]["after"]["source"] == "phone_gps"
    assert changes[0]["before"]["address_text"] == "27 ngõ 5 phố Hàng Thử"
    assert (await client.post(FIND, json={"q": "hang thu moi"}, headers=minh)).json()


@pytest.mark.parametrize("login", ["thao", "lan", "hai", "bich", "tuan", "pms"])
async def test_a_strangers_door_looks_absent(
    login: str,
    client: httpx.AsyncClient,
    cast: Cast,
    issued: dict[str, Any],
    point: tuple[float, float],
    api_engine: AsyncEngine,
) -> None:
    stranger = await sign_in(client, cast, login)
    code = issued["code"]
    seen = await client.get(f"{PATH}/{code}", headers=stranger)
    never = await client.get(f"{PATH}/{encode(Point(lon=103, lat=6.5))}", headers=stranger)
    assert (seen.status_code, seen.content) == (404, never.content)
    for q in (code, "27 ngo 5 hang thu"):
        listed = (await client.post(FIND, json={"q": q}, headers=stranger)).json()
        assert code not in [each["code"] for each in listed]
    here = {"lat": issued["lat"], "lon": issued["lon"]}
    for path in ("nearest", "at"):
        answer = await client.post(f"{PATH}/{path}", json=here, headers=stranger)
        assert answer.status_code == 200
        assert issued["address_text"] not in answer.text
    moved = here | {"source": "survey"}
    assert (
        await client.put(f"{PATH}/{code}/point", json=moved, headers=stranger)
    ).status_code == 404
    said = {"address_text": "x"}
    for method, part, body in (("PUT", "description", said), ("POST", "verification", None)):
        answer = await client.request(method, f"{PATH}/{code}/{part}", json=body, headers=stranger)
        assert answer.content == never.content
    # The database says it again, whatever the query: the register, its aliases and its history.
    async with make_sessions(api_engine).begin() as session:
        await actor_of_login(session, login)
        for table in ("digital_address", "address_alias", "address_change"):
            rows = await session.execute(
                text(f"SELECT count(*) FROM {table} WHERE code = :code"), {"code": code}
            )
            assert rows.scalar_one() == 0, table
        like = text("SELECT count(*) FROM addresses_like('27 ngo 5 hang thu', 50)")
        assert (await session.execute(like)).scalar_one() == 0


async def test_who_may_issue_and_where(
    client: httpx.AsyncClient, cast: Cast, minh: dict[str, str], point: tuple[float, float],
    admin_session: AsyncSession,
) -> None:  # fmt: skip
    elsewhere = await centre_of(admin_session, WARD_B)
    other = await client.post(PATH, json=door(elsewhere), headers=minh)
    assert (other.status_code, other.json()["code"]) == (409, "other_ward")
    for login, status in (("lan", 403), ("admin", 201)):
        headers = await sign_in(client, cast, login)
        answer = await client.post(PATH, json=door(elsewhere), headers=headers)
        assert answer.status_code == status, answer.text
    for wrong, code in (
        ({"address_text": " "}, "address_text_length"),
        ({"accuracy_m": -1}, "accuracy_range"),
        ({"lat": 0, "lon": 0}, "coordinates_zero"),
        ({"lat": point[1], "lon": point[0]}, "coordinates_swapped"),
        ({"source": "rumour"}, "malformed"),
    ):
        answer = await client.post(PATH, json=door(point) | wrong, headers=minh)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_host_sees_the_door_of_their_house_and_may_not_keep_the_register(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    addresses = (await client.post(FIND, json={"q": "hang thu"}, headers=lan)).json()
    assert [each["facility_id"] for each in addresses] == [str(cast.hoa_sen)]
    at = f"{PATH}/{addresses[0]['code']}"
    record = (await client.get(at, headers=lan)).json()
    assert [each["what"] for each in record["changes"]] == ["issued"]
    refused = await client.post(f"{at}/verification", headers=lan)
    assert refused.status_code == 403
