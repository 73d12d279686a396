"""Register a place, let the ward's officer decide, keep its rooms."""

from typing import Any

import httpx
import pytest

from asm.demo.cast import WARD_A, Cast
from asm.facilities.kinds import KINDS
from tests.people import fresh_key, party, sign_in

HOAN_KIEM = {"lat": 21.0326, "lon": 105.8497}


def registration(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "guest_house",
        "name": "Nhà nghỉ Thử",
        "phone": "0240000001",
        "address_text": "9 Hàng Thử",
        **HOAN_KIEM,
        "rooms": [{"name": "101", "beds": 2}],
        **changes,
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_is_registered_activated_and_declares(
    kind: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    hai, minh = await sign_in(client, cast, "hai"), await sign_in(client, cast, "minh")
    registered = await client.post("/api/v1/facilities", json=registration(kind=kind), headers=hai)
    assert registered.status_code == 201, registered.text
    facility = registered.json()
    assert facility["status"] == "pending"
    assert facility["ward_code"] == WARD_A
    assert facility["digital_address"].startswith("VN")
    at = f"/api/v1/facilities/{facility['id']}"
    early = await client.post(f"{at}/stays", json=party(), headers=hai | fresh_key())
    assert early.json()["code"] == "facility_not_active"
    assert (await client.post(f"{at}/activation", headers=minh)).status_code == 200
    answer = await client.post(f"{at}/stays", json=party(reason=1), headers=hai | fresh_key())
    assert answer.status_code == 201, answer.text
    plate = await client.get(f"{at}/address.svg", headers=hai)
    assert plate.headers["content-type"].startswith("image/svg+xml")


async def test_the_officer_of_another_ward_does_not_see_it(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    hai, thao = await sign_in(client, cast, "hai"), await sign_in(client, cast, "thao")
    facility = (await client.post("/api/v1/facilities", json=registration(), headers=hai)).json()
    answer = await client.post(f"/api/v1/facilities/{facility['id']}/activation", headers=thao)
    assert answer.status_code == 404


async def test_a_returned_facility_is_corrected_and_comes_back(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    hai, minh = await sign_in(client, cast, "hai"), await sign_in(client, cast, "minh")
    facility = (await client.post("/api/v1/facilities", json=registration(), headers=hai)).json()
    at = f"/api/v1/facilities/{facility['id']}"
    returned = await client.post(f"{at}/return", json={"note": "Thiếu số nhà"}, headers=minh)
    assert returned.json()["status"] == "returned"
    correction = {"name": "Nhà nghỉ Thử", "phone": None, "address_text": "19 Hàng Thử", **HOAN_KIEM}
    unseen = await client.put(at, json=correction, headers=hai)
    assert (unseen.status_code, unseen.json()["code"]) == (428, "if_match_missing")
    seen = await client.get(at, headers=hai)
    tag = {"If-Match": seen.headers["ETag"]}
    corrected = await client.put(at, json=correction, headers=hai | tag)
    late = await client.put(at, json=correction | {"name": "Nhà nghỉ Khác"}, headers=hai | tag)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert corrected.json()["status"] == "pending"
    assert corrected.json()["digital_address"] == facility["digital_address"]


BAD = {
    "abroad": ({"lat": 48.85, "lon": 2.35}, "point_outside_vietnam"),
    "swapped": ({"lat": 105.8497, "lon": 21.0326}, "coordinates_swapped"),
    "unknown ward": ({"ward_code": "99999"}, "ward_unknown"),
    "unknown kind": ({"kind": "castle"}, "kind_unknown"),
    "no beds": ({"rooms": [{"name": "1", "beds": 0}]}, "beds_range"),
    "unknown field": ({"stars": 5}, "unknown_field"),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_registrations_name_field_and_remedy(
    case: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    changes, code = BAD[case]
    hai = await sign_in(client, cast, "hai")
    before = (await client.get("/api/v1/facilities", headers=hai)).json()
    answer = await client.post("/api/v1/facilities", json=registration(**changes), headers=hai)
    assert answer.status_code == 422, answer.text
    error = next(e for e in answer.json()["errors"] if e["code"] == code)
    assert error["pointer"]
    assert error["message"]
    assert error["message_en"]
    assert (await client.get("/api/v1/facilities", headers=hai)).json() == before


async def test_an_officer_does_not_register(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await sign_in(client, cast, "minh")
    answer = await client.post("/api/v1/facilities", json=registration(), headers=minh)
    assert answer.status_code == 403


async def test_rooms_open_close_and_refuse_doubles(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    at = f"/api/v1/facilities/{cast.hoa_sen}/rooms"
    added = await client.post(at, json={"name": "909", "beds": 3}, headers=lan)
    assert added.status_code == 201
    double = await client.post(at, json={"name": "909", "beds": 3}, headers=lan)
    assert double.status_code == 409
    assert double.json()["errors"][0]["pointer"] == "/name"
    closing = f"{at}/{added.json()['id']}/closing"
    assert (await client.post(closing, headers=lan)).json()["closed_on"] is not None
    assert (await client.delete(closing, headers=lan)).json()["closed_on"] is None
