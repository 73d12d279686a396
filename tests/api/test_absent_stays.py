"""A change tells what is changed: what is absent stays, null empties, within the guest too."""

import asyncio
from typing import Any

import httpx
import pytest

from asm.demo.cast import Cast
from tests.api.hotel import Hotel, child
from tests.people import fresh_key, fresh_number, guest, party, sign_in

PHONE, ADDRESS = "0912345678", "1 phố Mẫu"
PARTICULARS = {
    "phone": PHONE,
    "residence_address": ADDRESS,
    "old_number": "012345678",
    "note": "ghi chú",
    "name_source": "card",
    "name_confirmed": True,
}


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


async def declared(hotel: Hotel, particulars: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The stay's id and its guest as it stands."""
    result = await hotel.declare_one(party(particulars))
    assert result["status"] == "accepted", result
    stay_id = str(result["stay_id"])
    return stay_id, (await hotel.stay(stay_id))["guest"]


async def amended(hotel: Hotel, stay_id: str, **changes: Any) -> dict[str, Any]:
    """The guest after an amendment."""
    await hotel.amend(stay_id, guest=changes)
    return dict((await hotel.stay(stay_id))["guest"])


async def test_every_field_of_the_guest_stays_that_is_not_told(hotel: Hotel) -> None:
    stay_id, before = await declared(hotel, guest(**PARTICULARS))
    after = await amended(hotel, stay_id, sex="other")
    assert before["phone"] == PHONE
    assert after == before | {"sex": "other"}
    history = await hotel.client.get(f"{hotel.stays}/{stay_id}/versions", headers=hotel.lan)
    (difference,) = history.json()[-1]["differences"]
    assert difference == {"field": "guest.sex", "before": "male", "after": "other"}


async def test_null_empties_what_may_be_empty_and_nothing_else(hotel: Hotel) -> None:
    stay_id, before = await declared(hotel, guest(**PARTICULARS))
    after = await amended(hotel, stay_id, phone=None, residence_address=None)
    assert after == before | {"phone": None, "residence_address": None}


@pytest.mark.parametrize(
    "name", ["full_name", "nationality", "birth_date_precision", "no_papers", "name_confirmed"]
)
async def test_what_may_not_be_empty_is_refused_by_name(hotel: Hotel, name: str) -> None:
    stay_id, before = await declared(hotel, guest(**PARTICULARS))
    answer = await hotel.client.patch(
        f"{hotel.stays}/{stay_id}", json={"guest": {name: None}}, headers=hotel.lan
    )
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"/guest/{name}", "wrong_type")
    assert (await hotel.stay(stay_id))["guest"] == before


async def test_nothing_told_makes_no_version(hotel: Hotel) -> None:
    stay_id, _ = await declared(hotel, guest(**PARTICULARS))
    assert (await hotel.amend(stay_id, guest={}))["unchanged"] is True
    assert (await hotel.amend(stay_id, guest={"phone": PHONE}))["unchanged"] is True
    assert await hotel.versions(stay_id) == ["declared"]


async def test_how_a_name_was_read_goes_with_another_name(hotel: Hotel) -> None:
    """Nobody confirmed the new one."""
    stay_id, before = await declared(hotel, guest(**PARTICULARS))
    same = await amended(hotel, stay_id, full_name=before["full_name"], note=None)
    assert (same["name_source"], same["name_confirmed"]) == ("card", True)
    other = await amended(hotel, stay_id, full_name="Nguyễn Văn Khác")
    assert (other["name_source"], other["name_confirmed"]) == (None, False)


async def test_a_whole_birth_date_is_no_year_alone(hotel: Hotel) -> None:
    stay_id, before = await declared(
        hotel, guest(birth_date="1990-01-01", birth_date_precision="year")
    )
    assert (await amended(hotel, stay_id, phone=PHONE)) == before | {"phone": PHONE}
    full = await amended(hotel, stay_id, birth_date="1990-08-15")
    assert (full["birth_date"], full["birth_date_precision"]) == ("1990-08-15", "day")
    year = await amended(hotel, stay_id, birth_date="1990")
    assert (year["birth_date"], year["birth_date_precision"]) == ("1990-01-01", "year")


async def test_papers_at_last_and_papers_taken_back(hotel: Hotel) -> None:
    """As software of before sent it: the whole guest, with what has its usual value left out."""
    stay_id, before = await declared(hotel, child())
    number = fresh_number()
    numbered = await amended(hotel, stay_id, document_type=7, document_number=number)
    assert numbered == before | {
        "no_papers": False, "document_type": 7, "document_number": number,
    }  # fmt: skip
    none = await amended(hotel, stay_id, no_papers=True)
    assert none == before


async def test_a_part_of_the_document_finds_the_same_person(hotel: Hotel) -> None:
    """The number is corrected alone, and who is declared with it later is this stay."""
    first = guest()
    stay_id, _ = await declared(hotel, first)
    number = fresh_number()
    await amended(hotel, stay_id, document_number=number)
    again = await hotel.declare_one(party(first | {"document_number": number}))
    assert again["stay_id"] == stay_id


async def test_parts_of_one_guest_are_corrected_at_once(hotel: Hotel) -> None:
    """Whoever waits for the other corrects the guest as the other left it."""
    stay_id, before = await declared(hotel, guest(**PARTICULARS))
    parts = {
        "phone": "0987654321",
        "note": None,
        "residence_address": "2 phố Mẫu",
        "old_number": None,
        "sex": "other",
    }
    await asyncio.gather(
        *(hotel.amend(stay_id, guest={name: value}) for name, value in parts.items())
    )
    assert (await hotel.stay(stay_id))["guest"] == before | parts


async def test_a_key_tells_absent_from_null(hotel: Hotel) -> None:
    stay_id, _ = await declared(hotel, guest(**PARTICULARS))
    key, at = fresh_key(), f"{hotel.stays}/{stay_id}"
    sent = {"guest": {"phone": None}}
    first = await hotel.client.patch(at, json=sent, headers=hotel.lan | key)
    assert first.status_code == 200, first.text
    again = await hotel.client.patch(at, json=sent, headers=hotel.lan | key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["receipt"] == first.json()["receipt"]
    for other in ({"guest": {}}, {"guest": {"phone": PHONE}}):
        refused = await hotel.client.patch(at, json=other, headers=hotel.lan | key)
        assert refused.json()["code"] == "idempotency_key_reused"
    seen = await hotel.client.patch(at, json=sent, headers=hotel.lan | key | {"If-Match": '"2"'})
    assert seen.json()["code"] == "idempotency_key_reused"


async def test_a_room_keeps_what_is_not_told(client: httpx.AsyncClient, cast: Cast) -> None:
    hai = await sign_in(client, cast, "hai")
    at = f"/api/v1/facilities/{cast.boarding_house}/rooms"
    added = (await client.post(at, json={"name": "Tầng 5", "beds": 3}, headers=hai)).json()
    room = f"{at}/{added['id']}"
    beds = await client.patch(room, json={"beds": 4}, headers=hai)
    assert beds.json() == added | {"beds": 4}
    name = await client.patch(room, json={"name": "Tầng 6"}, headers=hai)
    assert name.json() == added | {"beds": 4, "name": "Tầng 6"}
    refused = await client.patch(room, json={"beds": None}, headers=hai)
    assert refused.json()["errors"][0]["pointer"] == "/beds"
    blank = "00000000-0000-0000-0000-000000000000"
    absent = await client.patch(f"{at}/{blank}", json={"beds": 4}, headers=hai)
    assert absent.status_code == 404
