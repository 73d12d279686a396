"""A guest who is told again: after a departure, by another paper; and where an error points."""

from typing import Any

import httpx
import pytest

from asm.demo.cast import Cast
from tests.api.hotel import Hotel, rules_of
from tests.people import fresh_key, fresh_number, guest, hours_ago, party, sign_in


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


async def test_a_recorded_departure_is_said(hotel: Hotel) -> None:
    body = party(arrived_at=hours_ago(3))
    first = await hotel.declare_one(body)
    assert "stay.departed_since" not in rules_of(await hotel.declare_one(body))
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(1))
    again = await hotel.declare_one(body)
    assert (again["status"], again["stay_id"]) == ("merged", first["stay_id"])
    (said,) = [p for p in again["problems"] if p["rule"] == "stay.departed_since"]
    assert said["severity"] == "warn"
    assert "undo the departure" in said["remedy_en"]


CARRIERS = [2, 3, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("kind", CARRIERS)
async def test_one_personal_number_is_one_person_on_whatever_paper(hotel: Hotel, kind: int) -> None:
    somebody = guest(document_number=fresh_number())
    first = await hotel.declare_one(party(somebody))
    name = {"document_name": "Giấy xác nhận"} if kind == 9 else {}
    body = party(somebody | {"document_type": kind} | name)
    body["arrived_at"] = (await hotel.stay(first["stay_id"]))["arrived_at"]
    again = await hotel.declare_one(body)
    assert again["stay_id"] == first["stay_id"], again


@pytest.mark.parametrize(
    "other",
    [
        {"document_type": 9, "document_name": "Thẻ ngành", "document_number": "12345"},
        {"document_type": 3, "document_number": "AB1234567890"},
    ],
)
async def test_other_numbers_of_other_papers_are_other_people(
    hotel: Hotel, other: dict[str, Any]
) -> None:
    await hotel.declare_one(party(guest(document_number="001090999999")))
    assert (await hotel.declare_one(party(guest(**other))))["status"] == "accepted"


async def refused(hotel: Hotel, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await hotel.client.post(hotel.stays, json=body, headers=hotel.lan | fresh_key())
    assert answer.status_code == 422, answer.text
    return list(answer.json()["errors"])


async def test_an_error_points_to_where_the_room_was_told(hotel: Hotel) -> None:
    long = "1" * 51
    shared = await refused(hotel, party(guest(), room=long))
    assert {error["pointer"] for error in shared} == {"/room"}
    own = await refused(hotel, party(guest(room=long), guest(), room=long))
    assert {error["pointer"] for error in own} == {"/guests/0/room", "/room"}


async def test_nobody_is_asked_for_somebody(hotel: Hotel) -> None:
    (error,) = await refused(hotel, party() | {"guests": []})
    assert error["pointer"] == "/guests"
    assert "at least one guest" in str(error)
    (error,) = await refused(hotel, party() | {"guests": [guest() for _ in range(101)]})
    assert "Split" in str(error)
