"""The register of digital addresses over JSON: who sees which door, how it is found and changed."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.geo.door_code import encode, format_code
from asm.seed import WARD_A, WARD_B, Cast
from tests.people import sign_in

PATH = "/api/v1/addresses"
FIND = f"{PATH}/search"


async def _centre(session: AsyncSession, ward: str) -> tuple[float, float]:
    row = await session.execute(
        text("SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = :code"), {"code": ward}
    )
    lat, lon = row.one()
    return lat, lon


def door(point: tuple[float, float], **changes: Any) -> dict[str, Any]:
    lat, lon = point
    told = {"address_text": "27 ngõ 5 phố Hàng Thử", "source": "survey", "accuracy_m": 3}
    return {"lat": lat + 0.001, "lon": lon, **told, **changes}


@pytest.fixture
async def point(admin_session: AsyncSession) -> tuple[float, float]:
    return await _centre(admin_session, WARD_A)


@pytest.fixture
async def minh(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "minh")


@pytest.fixture
async def issued(
    client: httpx.AsyncClient, minh: dict[str, str], point: tuple[float, float]
) -> dict[str, Any]:
    """A household's door in ward A, issued by its officer."""
    answer = await client.post(PATH, json=door(point), headers=minh)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_door_is_found_by_every_way(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    code = issued["code"]

    async def found(q: str) -> list[dict[str, Any]]:
        answer = await client.post(FIND, json={"q": q}, headers=minh)
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()
        return listed

    for q in (code, format_code(code).lower(), "27 ngõ 5 phố Hàng Thử", "27 ngo 5 hang thu",
              "27 ngo 5 hnag thu", "27 ngo 5 pho hang tju"):  # fmt: skip
        assert (await found(q))[0]["code"] == code, q
    listed = (await found(code))[0]
    assert (await found(listed["plus_code"]))[0]["code"] == code
    assert await found("đường chẳng có thật") == []
    alias = {"kind": "vpostcode", "value": "10000-ABC1234", "valid_from": "2026-01-01"}
    added = await client.post(f"{PATH}/{code}/aliases", json=alias, headers=minh)
    assert added.status_code == 200, added.text
    assert (await found("10000-ABC1234"))[0]["code"] == code
    again = await client.post(f"{PATH}/{code}/aliases", json=alias, headers=minh)
    assert (again.status_code, again.json()["code"]) == (409, "alias_held")


async def test_an_alias_holds_between_its_days(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    past = {"kind": "ministry", "value": "BCA-1", "valid_from": "2024-01-01"}
    for alias in (past | {"valid_to": "2024-06-01"}, past | {"valid_from": "2999-01-01"}):
        answer = await client.post(f"{PATH}/{issued['code']}/aliases", json=alias, headers=minh)
        assert answer.status_code == 200, answer.text
    assert len(answer.json()["aliases"]) == 2
    assert (await client.post(FIND, json={"q": "BCA-1"}, headers=minh)).json() == []
    wrong = past | {"valid_to": "2023-01-01"}
    answer = await client.post(f"{PATH}/{issued['code']}/aliases", json=wrong, headers=minh)
    assert (answer.status_code, answer.json()["code"]) == (422, "dates_reversed")


async def test_an_alias_is_ended_from_a_day_on(
    client: httpx.AsyncClient, minh: dict[str, str], issued: dict[str, Any]
) -> None:
    at = f"{PATH}/{issued['code']}"
    alias = {"kind": "vpostcode", "value": "10000-ABC1234", "valid_from": "2026-01-01"}
    assert (await client.post(f"{at}/aliases", json=alias, headers=minh)).status_code == 200

    async def end(on: str, **changes: str) -> httpx.Response:
        told = alias | {"on": on} | changes
        return await client.post(f"{at}/aliases/end", json=told, headers=minh)

    async def found() -> list[Any]:
        answer = await client.post(FIND, json={"q": alias["value"]}, headers=minh)
        told: list[Any] = answer.json()
        return told

    assert (await end("2999-01-01")).status_code == 200
    assert len(await found()) == 1
    # The day may be corrected; from it on the code finds nothing any more.
    ended = await end("2026-02-01")
    assert ended.json()["aliases"] == [alias | {"valid_to": "2026-02-01"}]
    assert await found() == []
    change = ended.json()["changes"][0]
    assert (change["what"], change["before"]["valid_to"]) == ("alias", "2999-01-01")
    assert change["after"]["valid_to"] == "2026-02-01"
    reversed_days = await end("2026-01-01")
    assert (reversed_days.status_code, reversed_days.json()["code"]) == (422, "dates_reversed")
    unknown = await end("2026-02-01", value="10000-ABC9999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "address_alias_not_found")
    # It may hold again later, and not twice from one day.
    again = await client.post(f"{at}/aliases", json=alias, headers=minh)
    assert (again.status_code, again.json()["code"]) == (409, "alias_held")
    later = await client.post(
        f"{at}/aliases", json=alias | {"valid_from": "2026-03-01"}, headers=minh
    )
    assert later.status_code == 200
    assert len(await found()) == 1


@pytest.mark.parametrize(("login", "status"), [("thao", 404), ("lan", 404), ("admin", 200)])
async def test_only_its_keepers_end_an_alias(
    login: str,
    status: int,
    client: httpx.AsyncClient,
    cast: Cast,
    minh: dict[str, str],
    issued: dict[str, Any],
) -> None:
    at = f"{PATH}/{issued['code']}/aliases"
    alias = {"kind": "ministry", "value": "BCA-9", "valid_from": "2026-01-01"}
    assert (await client.post(at, json=alias, headers=minh)).status_code == 200
    person = await sign_in(client, cast, login)
    ended = await client.post(f"{at}/end", json=alias | {"on": "2026-02-01"}, headers=person)
    assert ended.status_code == status


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
    found = near.json()
    assert [each["distance_m"] for each in found] == sorted(each["distance_m"] for each in found)
    assert found[-1]["code"] == issued["code"]
    assert 105 < found[-1]["distance_m"] < 117
    one = {"lat": lat, "lon": lon, "limit": 1, "within_m": 50}
    assert len((await client.post(f"{PATH}/nearest", json=one, headers=minh)).json()) == 1
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
    never = await client.get(f"{PATH}/{encode(6.5, 103)}", headers=stranger)
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
    elsewhere = await _centre(admin_session, WARD_B)
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


async def test_an_administrator_finds_any_door_by_text(
    client: httpx.AsyncClient, cast: Cast, issued: dict[str, Any]
) -> None:
    admin = await sign_in(client, cast, "admin")
    for q in ("27 ngo 5 hang thu", "27 ngõ 5 hnag thử"):
        found = (await client.post(FIND, json={"q": q}, headers=admin)).json()
        assert found[0]["code"] == issued["code"], q
    facility = (await client.post(FIND, json={"q": "12 Hàng Thử"}, headers=admin)).json()
    assert str(cast.hoa_sen) in [each["facility_id"] for each in facility]


async def test_a_host_sees_the_door_of_their_house_and_may_not_keep_the_register(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    found = (await client.post(FIND, json={"q": "hang thu"}, headers=lan)).json()
    assert [each["facility_id"] for each in found] == [str(cast.hoa_sen)]
    at = f"{PATH}/{found[0]['code']}"
    record = (await client.get(at, headers=lan)).json()
    assert [each["what"] for each in record["changes"]] == ["issued"]
    refused = await client.post(f"{at}/verification", headers=lan)
    assert refused.status_code == 403


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
    codes = [encode(21.2 + step / 10_000, 105.6) for step in range(2500)]
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
            found = (await client.post(FIND, json={"q": q}, headers=admin)).json()
            assert found[0]["code"] == issued["code"], (q, analysed)
            assert len(found) <= 20
        told = (await client.post(FIND, json={"q": "1500 ngo 5 hang thu"}, headers=admin)).json()
        assert told[0]["address_text"].startswith("1500 ")
