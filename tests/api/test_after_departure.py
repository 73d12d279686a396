"""Who has left moves no more; a departure that was a mistake is undone, for a day."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import verify_token
from tests.people import fresh_key, guest, hours_ago, party, sign_in, stays_of


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


@pytest.fixture
async def left(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> str:
    """The address of a stay whose guest has left."""
    return await leave(client, cast, lan, party(arrived_at=hours_ago(3)))


async def leave(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], body: dict[str, Any]
) -> str:
    declared = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
    at = f"{stays_of(cast)}/{declared['results'][0]['stay_id']}"
    answer = await client.post(
        f"{at}/departure", json={"departed_at": hours_ago(1)}, headers=lan | fresh_key()
    )
    assert answer.status_code == 200, answer.text
    return at


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "amend": ("PATCH", "", {"room": "102"}),
    "extend": ("POST", "/extension", {"planned_departure_at": hours_ago(-90)}),
    "move": ("POST", "/room", {"room": "102"}),
    "depart": ("POST", "/departure", {}),
    "void": ("POST", "/void", {"reason": "Khai nhầm"}),
}


@pytest.mark.parametrize(("method", "word", "body"), CHANGES.values(), ids=CHANGES)
async def test_no_change_after_departure(
    client: httpx.AsyncClient,
    lan: dict[str, str],
    left: str,
    method: str,
    word: str,
    body: dict[str, Any],
) -> None:
    answer = await client.request(method, left + word, json=body, headers=lan | fresh_key())
    assert answer.status_code == 409
    assert answer.json()["code"] == "stay_departed"
    assert "hoàn tác trả phòng" in answer.json()["detail"]
    assert "undo it within 24 hours" in answer.json()["detail_en"]
    assert (await client.get(f"{left}/receipt", headers=lan)).json()["version"] == 2


async def test_a_departure_sent_again_with_its_key_is_the_same_answer(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    declared = (await client.post(stays_of(cast), json=party(), headers=lan | fresh_key())).json()
    at, key = f"{stays_of(cast)}/{declared['results'][0]['stay_id']}/departure", fresh_key()
    first = await client.post(at, json={}, headers=lan | key)
    again = await client.post(at, json={}, headers=lan | key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["receipt"] == first.json()["receipt"]


async def test_an_undone_departure_is_a_version_and_the_night_is_open_again(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], keys: KeyFiles
) -> None:
    minh = await sign_in(client, cast, "minh")

    async def guests() -> int:
        answer = await client.get(f"/api/v1/wards/{WARD_A}/tonight", headers=minh)
        return int(answer.json()["guests"])

    before = await guests()
    left = await leave(client, cast, lan, party(arrived_at=hours_ago(3)))
    undone = await client.post(f"{left}/undo-departure", headers=lan | fresh_key())
    assert undone.status_code == 200, undone.text
    assert verify_token(undone.json()["receipt"]["token"], keys.public_keys).version == 3
    assert (await client.get(left, headers=lan)).json()["departed_at"] is None
    assert await guests() == before + 1
    moved = await client.post(f"{left}/room", json={"room": "102"}, headers=lan | fresh_key())
    assert moved.status_code == 200, "open to change again"
    nothing = await client.post(f"{left}/undo-departure", headers=lan | fresh_key())
    assert (nothing.status_code, nothing.json()["code"]) == (409, "stay_not_departed")


@pytest.mark.parametrize(("hours", "status"), [(23.9, 200), (24.1, 409)])
async def test_it_can_be_undone_for_a_day_after_it_was_recorded(
    client: httpx.AsyncClient,
    lan: dict[str, str],
    left: str,
    admin_engine: AsyncEngine,
    hours: float,
    status: int,
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text(
                "UPDATE stay_version SET changed_at = changed_at - make_interval(secs => :seconds) "
                "WHERE change = 'departed'"
            ),
            {"seconds": hours * 3600},
        )
    answer = await client.post(f"{left}/undo-departure", headers=lan | fresh_key())
    assert answer.status_code == status, answer.text
    if status == 409:
        assert answer.json()["code"] == "undo_departure_late"


async def test_not_into_a_later_stay_of_the_same_guest(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    body = party(guest(), arrived_at=hours_ago(3))
    left = await leave(client, cast, lan, body)
    back = await client.post(
        stays_of(cast), json=body | {"arrived_at": hours_ago(0.5)}, headers=lan | fresh_key()
    )
    assert back.json()["accepted"] == 1
    answer = await client.post(f"{left}/undo-departure", headers=lan | fresh_key())
    assert (answer.status_code, answer.json()["code"]) == (409, "stay_already_declared")


async def test_amended_or_extended_into_another_stay_is_refused(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], admin_session: AsyncSession
) -> None:
    first = guest()
    old = party(first, arrived_at=hours_ago(24 * 6), planned_departure_at=hours_ago(24 * 4))
    at = []
    for body in (old, party(first), party(guest(full_name="Trần Văn Khác"))):
        outcome = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
        at.append(f"{stays_of(cast)}/{outcome['results'][0]['stay_id']}")
    extended = await client.post(
        f"{at[0]}/extension",
        json={"planned_departure_at": hours_ago(-20)},
        headers=lan | fresh_key(),
    )
    earlier = await client.patch(at[1], json={"arrived_at": hours_ago(24 * 5)}, headers=lan)
    person = await client.patch(at[2], json={"guest": first}, headers=lan)
    for answer in (extended, earlier, person):
        assert (answer.status_code, answer.json()["code"]) == (409, "stay_already_declared")
    versions = await admin_session.execute(text("SELECT count(*) FROM stay_version"))
    assert versions.scalar_one() == 3


async def test_who_has_left_is_told_what_to_do_when_declared_otherwise(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]
) -> None:
    body = party(arrived_at=hours_ago(3))
    left = await leave(client, cast, lan, body)
    same = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert same.json()["merged"] == 1
    other = await client.post(
        stays_of(cast), json=body | {"room": "102"}, headers=lan | fresh_key()
    )
    assert other.status_code == 422
    (result,) = other.json()["outcome"]["results"]
    assert left.endswith(result["stay_id"])
    assert result["problems"][0]["field"] == "room"
