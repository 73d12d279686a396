"""Changes and declarations of the same people at once, in every order: each gets its answer."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import asm.stays.arrivals.lock_stay
import asm.stays.change
from asm.demo.cast import Cast
from asm.stays.write import lock_persons
from tests.api.hotel import Hotel
from tests.people import fresh_key, guest, hours_ago, party, sign_in

EIGHT = 8
#: Hours back, so far apart that no stay meets another, whoever it is of.
_APART = 72


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


def _long_ago(number: int, *guests: dict[str, Any]) -> dict[str, Any]:
    came = _APART * (number + 2)
    return party(*guests, arrived_at=hours_ago(came), planned_departure_at=hours_ago(came - 24))


async def _stays_of(hotel: Hotel, guests: list[dict[str, Any]]) -> list[str]:
    """One stay of each, in periods of their own."""
    declared = [await hotel.declare_one(_long_ago(n, each)) for n, each in enumerate(guests)]
    assert {result["status"] for result in declared} == {"accepted"}
    return [result["stay_id"] for result in declared]


async def _amend(hotel: Hotel, stay_id: str, guest_after: dict[str, Any]) -> httpx.Response:
    return await hotel.client.patch(
        f"{hotel.stays}/{stay_id}", json={"guest": guest_after}, headers=hotel.lan | fresh_key()
    )


async def _declare(hotel: Hotel, body: dict[str, Any]) -> httpx.Response:
    return await hotel.client.post(hotel.stays, json=body, headers=hotel.lan | fresh_key())


async def _number_of(hotel: Hotel, stay_id: str) -> str:
    answer = await hotel.client.get(f"{hotel.stays}/{stay_id}", headers=hotel.lan)
    number: str = answer.json()["guest"]["document_number"]
    return number


async def test_eight_crossing_amendments_beside_declarations(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    """Of two stays each is told to be of the other's guest, three times over with other pairs;
    parties of all of them and a stranger come meanwhile.
    """
    guests = [guest() for _ in range(EIGHT)]
    stays = await _stays_of(hotel, guests)
    for turn, apart in enumerate((1, 2, 4), 1):
        guests_after = [guests[n ^ apart] for n in range(EIGHT)]
        parties = [
            _long_ago(EIGHT * turn + n, *(guests if n % 2 else reversed(guests)), guest())
            for n in range(4)
        ]
        amended, declared = await asyncio.gather(
            asyncio.gather(
                *(_amend(hotel, *each) for each in zip(stays, guests_after, strict=True))
            ),
            asyncio.gather(*(_declare(hotel, body) for body in parties)),
        )
        assert [answer.status_code for answer in amended] == [200] * EIGHT
        assert [answer.status_code for answer in declared] == [201] * len(parties)
        assert {answer.json()["accepted"] for answer in declared} == {EIGHT + 1}
        assert {answer.json()["receipt"]["version"] for answer in amended} == {turn + 1}
        for stay_id, person in zip(stays, guests_after, strict=True):
            assert await _number_of(hotel, stay_id) == person["document_number"]
    await _each_record_is_of_its_person(admin_session)


async def _each_record_is_of_its_person(session: AsyncSession) -> None:
    torn = await session.execute(
        text(
            "SELECT count(*) FROM stay s JOIN vault.guest_record g "
            "ON g.facility_id = s.facility_id AND g.id = s.guest_record_id "
            "WHERE g.person_ref <> s.person_ref"
        )
    )
    assert torn.scalar_one() == 0


@pytest.fixture
def each_locks_its_own_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two changes lock whom their stay is of, wait for each other, and then lock the other one: as
    if there were no order.
    """
    both = asyncio.Barrier(2)
    begun: list[Any] = []

    async def one_by_one(session: AsyncSession, facility_id: Any, people: Any) -> None:
        task = asyncio.current_task()
        again = task in begun
        begun.append(task)
        first = max(people) if begun[0] is task else min(people)
        await lock_persons(session, facility_id, [first])
        if not again:
            await both.wait()
        await lock_persons(session, facility_id, set(people) - {first})

    monkeypatch.setattr(asm.stays.arrivals.lock_stay, "lock_persons", one_by_one)


async def _cross(hotel: Hotel) -> list[httpx.Response]:
    lan, hai = guest(), guest()
    stays = await _stays_of(hotel, [lan, hai])
    answers = await asyncio.gather(_amend(hotel, stays[0], hai), _amend(hotel, stays[1], lan))
    for stay_id, before, after, answer in zip(stays, (lan, hai), (hai, lan), answers, strict=True):
        now = after if answer.status_code == 200 else before
        assert await _number_of(hotel, stay_id) == now["document_number"]
    return answers


@pytest.mark.usefixtures("each_locks_its_own_first")
async def test_who_must_give_way_is_tried_again(hotel: Hotel) -> None:
    answers = await _cross(hotel)
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.usefixtures("each_locks_its_own_first")
async def test_control_without_the_order_they_wait_for_each_other(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asm.stays.change, "_TRIES", 1)
    answers = sorted(await _cross(hotel), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "still_running"
    assert answers[1].headers["Retry-After"] == "2"
