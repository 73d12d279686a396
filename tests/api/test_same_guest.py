"""Guests without a number are known again in their house; twins and namesakes stay apart."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import WARD_A, Cast
from tests.api.hotel import Hotel, child, rules_of, stored
from tests.people import fresh_key, guest, hours_ago, party, sign_in


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


@pytest.fixture
def hotel(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> Hotel:
    return Hotel(client, cast, lan)


async def test_mother_and_child_twice_and_then_with_one_more(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    mother, body = guest(sex="female", full_name="Nguyễn Thị Mẹ"), party()
    family = body | {"guests": [mother, child()]}
    assert (await hotel.declare(family))["accepted"] == 2
    assert (await hotel.declare(family))["merged"] == 2
    more = await hotel.declare(body | {"guests": [mother, child(), guest()]})
    assert (more["merged"], more["accepted"]) == (2, 1)
    assert await stored(admin_session) == 3


SAME_CHILD = [
    "Nguyễn Thị Hòa",
    "NGUYỄN THỊ HOÀ",
    "  nguyễn thị  hoà ",
    "Nguye\u0302\u0303n Thi\u0323 Hoa\u0300",
]
OTHER_CHILD: list[dict[str, Any]] = [
    {"full_name": "Nguyễn Thị Hoa"},
    {"full_name": "Nguyễn Thị Hoạ"},
    {"birth_date": "2019-03-05"},
    {"sex": "male"},
]


@pytest.mark.parametrize("name", SAME_CHILD)
async def test_one_child_however_the_name_is_typed(hotel: Hotel, name: str) -> None:
    body = party()
    mother = body["guests"][0]
    await hotel.declare(body | {"guests": [mother, child()]})
    again = await hotel.declare(body | {"guests": [mother, child(full_name=name)]})
    assert again["merged"] == 2


@pytest.mark.parametrize("changes", OTHER_CHILD)
async def test_twins_and_others_do_not_merge(
    hotel: Hotel, cast: Cast, changes: dict[str, Any]
) -> None:
    body = party()
    mother = body["guests"][0]
    both = await hotel.declare(body | {"guests": [mother, child(), child(**changes)]})
    assert both["accepted"] == 3


async def test_the_same_child_twice_in_one_party_is_one(hotel: Hotel) -> None:
    body = party()
    body["guests"] += [child(), child(full_name="Nguyễn Thị Hòa")]
    outcome = await hotel.declare(body)
    assert [result["status"] for result in outcome["results"]] == [
        "accepted", "accepted", "refused",
    ]  # fmt: skip
    assert rules_of(outcome["results"][2])["party.duplicate"] == ["guest.full_name"]


async def test_a_child_is_known_in_its_own_house_only(
    hotel: Hotel, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    body = party()
    await hotel.declare(body | {"guests": [child()]})
    tuan = await sign_in(client, cast, "tuan")
    elsewhere = await client.post(
        f"/api/v1/facilities/{cast.guest_house_b}/stays",
        json=body | {"guests": [child()], "room": "1"},
        headers=tuan | fresh_key(),
    )
    assert elsewhere.json()["accepted"] == 1
    values = await admin_session.execute(text("SELECT count(DISTINCT index_a) FROM vault.person"))
    assert values.scalar_one() == 2


async def test_a_name_and_a_year_may_be_two_people(hotel: Hotel) -> None:
    old = child(full_name="Lò Thị Mẫu", birth_date="1950-01-01", birth_date_precision="year")
    body = party()
    assert (await hotel.declare_one(body | {"guests": [old]}))["status"] == "accepted"
    assert (await hotel.declare_one(body | {"guests": [old]}))["status"] == "merged"
    namesake = await hotel.declare_one(body | {"guests": [old], "room": "102"})
    assert namesake["status"] == "accepted"
    assert rules_of(namesake)["stay.namesake"] == ["guest.full_name"]
    both = await hotel.declare(party(old | {"room": "103"}, old | {"room": "104"}))
    assert both["accepted"] == 2


async def test_a_guest_of_two_visits_is_one_guest_of_the_night(
    hotel: Hotel, client: httpx.AsyncClient, cast: Cast
) -> None:
    """Statistics: a guest is never counted twice for one night."""
    minh = await sign_in(client, cast, "minh")

    async def tonight() -> dict[str, Any]:
        answer = await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=minh)
        return {name: answer.json()[name] for name in ("guests", "conflicts", "rooms_occupied")}

    somebody = guest()
    first = await hotel.declare_one(
        party(somebody, arrived_at=hours_ago(2), planned_departure_at=hours_ago(-40))
    )
    before = await tonight()
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(1))
    await hotel.declare_one(
        party(somebody, arrived_at=hours_ago(0.5), planned_departure_at=hours_ago(-40))
    )
    assert await tonight() == before
