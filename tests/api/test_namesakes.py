"""Guests without a number, told in two ways: stored as two, and said; in one party asked."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.hotel import Hotel, child, rules_of, stored
from tests.people import guest, hours_ago, party, sign_in


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


YEAR = {"birth_date": "2019-01-01", "birth_date_precision": "year"}
NUMBERED = {"no_papers": False, "document_type": 7, "document_number": "001319000123"}
ONE_CHILD = {
    "without a sex": {"sex": None},
    "the year alone": YEAR,
    "no marks": {"full_name": "NGUYEN THI HOA"},
    "another order": {"full_name": "Hoà Nguyễn Thị"},
    "all of it": YEAR | {"sex": None, "full_name": "Hoa Nguyen Thi"},
}
OTHER_CHILDREN = {
    "another mark": {"full_name": "Nguyễn Thị Hoạ"},
    "another year": {"birth_date": "2018-01-01", "birth_date_precision": "year", "sex": None},
    "another day": {"birth_date": "2019-03-05", "sex": None},
    "another sex": YEAR | {"sex": "male"},
    "another nationality": YEAR | {"nationality": "LAO"},
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("changes", ONE_CHILD.values(), ids=ONE_CHILD)
async def test_one_child_told_in_two_ways_is_stored_and_said(
    hotel: Hotel, admin_session: AsyncSession, changes: dict[str, Any], *, turned: bool
) -> None:
    tellings = [child(), child(**changes)]
    if turned:
        tellings.reverse()
    first = await hotel.declare_one(party(tellings[0]))
    assert "stay.namesake" not in rules_of(first)
    second = await hotel.declare_one(party(tellings[1]))
    assert second["status"] == "accepted"
    assert rules_of(second)["stay.namesake"] == ["guest.full_name"]
    assert await stored(admin_session) == 2


async def test_first_with_a_number_then_without(hotel: Hotel) -> None:
    await hotel.declare_one(party(child(**NUMBERED)))
    second = await hotel.declare_one(party(child()))
    assert (second["status"], "stay.namesake" in rules_of(second)) == ("accepted", True)


@pytest.mark.parametrize("changes", OTHER_CHILDREN.values(), ids=OTHER_CHILDREN)
async def test_others_are_not_doubted(hotel: Hotel, changes: dict[str, Any]) -> None:
    await hotel.declare_one(party(child()))
    second = await hotel.declare_one(party(child(**changes)))
    assert "stay.namesake" not in rules_of(second)
    both = await hotel.declare(party(guest(), child(), child(**changes)), dry_run="true")
    assert both["rejected"] == 0


async def test_who_has_left_and_who_is_elsewhere_is_not_doubted(
    hotel: Hotel, client: httpx.AsyncClient, cast: Cast
) -> None:
    first = await hotel.declare_one(party(child(), arrived_at=hours_ago(30)))
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(20))
    again = await hotel.declare_one(party(child(**YEAR)))
    assert "stay.namesake" not in rules_of(again)
    hai = await sign_in(client, cast, "hai")
    elsewhere = Hotel(client, cast, hai)
    (house,) = (await client.get("/api/v1/facilities", headers=hai)).json()[:1]
    elsewhere.stays = f"/api/v1/facilities/{house['id']}/stays"
    there = await elsewhere.declare_one(party(child(sex=None)))
    assert "stay.namesake" not in rules_of(there)


@pytest.mark.parametrize("changes", [*ONE_CHILD.values(), NUMBERED], ids=[*ONE_CHILD, "number"])
async def test_in_one_party_it_is_asked_and_can_be_answered(
    hotel: Hotel, admin_session: AsyncSession, changes: dict[str, Any]
) -> None:
    body = party()
    twice = body | {"guests": [guest(), child(), child(**changes)]}
    outcome = await hotel.declare(twice)
    assert [r["status"] for r in outcome["results"]] == ["accepted", "accepted", "refused"]
    assert rules_of(outcome["results"][2])["party.one_person"] == ["guest.full_name"]
    # Two people after all: by themselves the other is taken.
    alone = await hotel.declare_one(body | {"guests": [child(**changes)]})
    assert alone["status"] == "accepted"
    assert await stored(admin_session) == 3
