"""Nobody who has a receipt is on no list, and nobody twice on one: the ward's list of a night."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from asm.db.base import VIETNAM
from asm.demo.cast import WARD_A, Cast
from tests.api.hotel import Hotel, rules_of
from tests.people import guest, party, sign_in

DAYS_AGO = 3


def at(hour: int, minute: int = 0, *, days: int = 0) -> str:
    """An hour of a day that is over, or of one after it."""
    day = datetime.now(VIETNAM) - timedelta(days=DAYS_AGO - days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0).isoformat()


class Ward:
    """Minh's ward on the day that is over."""

    def __init__(self, client: httpx.AsyncClient, minh: dict[str, str]) -> None:
        self.client, self.minh = client, minh

    async def _read(self, what: str, days: int) -> dict[str, Any]:
        answer = await self.client.get(
            f"/api/v1/wards/{WARD_A}/{what}",
            headers=self.minh,
            params={"night": at(0, days=days)[:10]},
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def listed(self, *, days: int = 0) -> list[str]:
        page = await self._read("guests", days)
        assert page["total"] == len(page["stays"])
        return [stay["id"] for stay in page["stays"]]

    async def figures(self) -> tuple[int, int]:
        tonight = await self._read("tonight", 0)
        return tonight["guests"], tonight["hourly_today"]


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


@pytest.fixture
async def ward(client: httpx.AsyncClient, cast: Cast) -> Ward:
    return Ward(client, await sign_in(client, cast, "minh"))


def of_the_day(**changes: Any) -> dict[str, Any]:
    return party(arrived_at=at(10), planned_departure_at=at(15), **changes)


async def test_a_stay_of_one_day_is_on_that_days_list_and_warned_of(
    hotel: Hotel, ward: Ward
) -> None:
    by_day = await hotel.declare_one(of_the_day())
    assert by_day["status"] == "accepted"
    assert rules_of(by_day)["stay.departure.same_day"] == ["planned_departure_at"]
    by_hour = await hotel.declare_one(of_the_day(hourly=True))
    assert "stay.departure.same_day" not in rules_of(by_hour)
    changed = await hotel.amend(by_hour["stay_id"], hourly=False)
    assert "stay.departure.same_day" in rules_of(changed)
    assert set(await ward.listed()) == {by_day["stay_id"], by_hour["stay_id"]}
    assert await ward.figures() == (0, 2)
    assert await ward.listed(days=1) == await ward.listed(days=-1) == []


async def test_who_left_the_same_day_after_all_is_on_its_list(hotel: Hotel, ward: Ward) -> None:
    stay = await hotel.declare_one(party(arrived_at=at(10), planned_departure_at=at(12, days=2)))
    assert "stay.departure.same_day" not in rules_of(stay)
    assert await ward.figures() == (1, 0)
    left = await hotel.change(stay["stay_id"], "departure", departed_at=at(14))
    assert left.status_code == 200, left.text
    assert await ward.listed() == [stay["stay_id"]]
    assert await ward.figures() == (0, 1)
    assert await ward.listed(days=1) == []


async def test_who_was_back_before_the_morning_is_listed_once(hotel: Hotel, ward: Ward) -> None:
    person = guest(nationality="SWE", document_type=4, document_number="AA1234567")
    night = await hotel.declare_one(
        party(person, arrived_at=at(20), planned_departure_at=at(12, days=1))
    )
    left = await hotel.change(night["stay_id"], "departure", departed_at=at(3, days=1))
    assert left.status_code == 200, left.text
    assert await ward.listed() == [night["stay_id"]]
    again = await hotel.declare_one(
        party(person, arrived_at=at(5, days=1), planned_departure_at=at(12, days=2))
    )
    assert again["status"] == "accepted"
    other = await hotel.declare_one(
        party(arrived_at=at(5, days=1), planned_departure_at=at(12, days=1))
    )
    assert set(await ward.listed()) == {again["stay_id"], other["stay_id"]}
    assert await ward.figures() == (2, 0)
    await hotel.change(again["stay_id"], "void", reason="Khai nhầm")
    assert set(await ward.listed()) == {night["stay_id"], other["stay_id"]}


async def test_a_visit_and_the_night_after_it_are_two_lines(hotel: Hotel, ward: Ward) -> None:
    person = guest()
    visit = await hotel.declare_one(
        party(person, arrived_at=at(10), planned_departure_at=at(12), hourly=True)
    )
    night = await hotel.declare_one(
        party(person, arrived_at=at(20), planned_departure_at=at(12, days=1))
    )
    assert set(await ward.listed()) == {visit["stay_id"], night["stay_id"]}
    assert await ward.figures() == (1, 1)
