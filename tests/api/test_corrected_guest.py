"""A guest who was corrected, and software that sends the first telling again: one stay."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.hotel import Hotel, child, rules_of, stored
from tests.people import fresh_number, guest, party, sign_in


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


NUMBERED = {"no_papers": False, "document_type": 7, "document_number": "001319000123"}
CORRECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another number": (
        guest(), guest(document_number=fresh_number()), "guest.document_number",
    ),
    "a number at last": (child(), child(**NUMBERED), "guest.document_number"),
    "a number taken away": (child(**NUMBERED), child(), "guest.document_number"),
    "another name of a child": (child(), child(full_name="Nguyễn Thị Hoa"), "guest.full_name"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "field"), CORRECTIONS.values(), ids=CORRECTIONS)
async def test_the_first_telling_again(
    hotel: Hotel,
    admin_session: AsyncSession,
    first: dict[str, Any],
    second: dict[str, Any],
    field: str,
) -> None:
    body = party(first)
    declared = await hotel.declare_one(body)
    amended = await hotel.amend(declared["stay_id"], guest=second)
    again = await hotel.declare_one(body)
    assert again["status"] == "merged"
    assert again["stay_id"] == declared["stay_id"]
    assert again["receipt"] == amended["receipt"]
    assert field in rules_of(again)["stay.changed_since"]
    corrected = await hotel.declare_one(body | {"guests": [second]})
    assert (corrected["status"], corrected["stay_id"]) == ("merged", declared["stay_id"])
    assert await stored(admin_session) == 1


async def test_another_room_with_the_first_number_is_refused(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    body = party(guest())
    declared = await hotel.declare_one(body)
    await hotel.amend(declared["stay_id"], guest=guest())
    again = await hotel.declare_one(body | {"room": "102"})
    assert (again["status"], again["stay_id"]) == ("refused", declared["stay_id"])
    assert {*rules_of(again)["stay.same_arrival_differs"]} == {"guest.document_number", "room"}
    assert await stored(admin_session) == 1


async def test_whose_number_was_told_by_mistake_may_come(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    """Somebody else's number was typed first; then its holder arrives."""
    mistaken = guest()
    declared = await hotel.declare_one(party(mistaken))
    await hotel.amend(declared["stay_id"], guest=guest())
    holder = mistaken | {"full_name": "Lê Văn Thật"}
    came = await hotel.declare_one(party(holder))
    assert came["status"] == "accepted"
    assert came["stay_id"] != declared["stay_id"]
    assert "stay.namesake" not in rules_of(came)
    assert (await hotel.declare_one(party(holder)))["stay_id"] == came["stay_id"]
    assert await stored(admin_session) == 2


async def test_corrected_back_and_voided(hotel: Hotel, admin_session: AsyncSession) -> None:
    first, second = guest(), guest()
    body = party(first)
    declared = await hotel.declare_one(body)
    for corrected in (second, first):
        await hotel.amend(declared["stay_id"], guest=corrected)
    assert (await hotel.declare_one(body))["status"] == "merged"
    other = await hotel.declare_one(body | {"guests": [second]})
    assert (other["status"], other["stay_id"]) == ("merged", declared["stay_id"])
    await hotel.change(declared["stay_id"], "void", reason="nhầm")
    assert (await hotel.declare_one(body))["status"] == "accepted"
    assert await stored(admin_session) == 2


async def test_two_of_one_name_and_year_sent_again_stay_two(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    old = child(birth_date="1950-01-01", birth_date_precision="year")
    bodies = [party(old, arrived_at=party()["arrived_at"], room=room) for room in ("101", "102")]
    first = [await hotel.declare_one(body) for body in bodies]
    assert "stay.namesake" in rules_of(first[1])
    again = [await hotel.declare_one(body) for body in bodies]
    assert [result["status"] for result in again] == ["merged", "merged"]
    assert [r["stay_id"] for r in again] == [r["stay_id"] for r in first]
    assert await stored(admin_session) == 2


#: The rooms of the guest as told now and as told first, for a party in room 101.
ROOMS = {"another room for both": ("103", "103"), "another room for one": ("102", None)}


@pytest.mark.parametrize("rooms", ROOMS.values(), ids=ROOMS)
@pytest.mark.parametrize("former_first", [False, True])
async def test_both_tellings_in_one_party_show_the_newest_version(
    hotel: Hotel, rooms: tuple[str, str | None], *, former_first: bool
) -> None:
    first = guest()
    second = first | {"document_number": fresh_number()}
    body = party(first)
    declared = await hotel.declare_one(body)
    amended = await hotel.amend(declared["stay_id"], guest=second)
    guests = [second | {"room": rooms[0]}, first | ({"room": rooms[1]} if rooms[1] else {})]
    if former_first:
        guests.reverse()
    # Of a change that is only tried there is no proof, whoever finds the stay.
    tried = await hotel.declare(body | {"guests": guests}, dry_run=True)
    assert [result["receipt"] for result in tried["results"]] == [None, None]
    results = (await hotel.declare(body | {"guests": guests}))["results"]
    changed, other = reversed(results) if former_first else results
    assert changed["status"] == "changed"
    assert changed["receipt"]["version"] == amended["receipt"]["version"] + 1
    assert other["status"] == ("refused" if rooms[1] else "merged")
    assert other["receipt"] == changed["receipt"]
    newest = await hotel.client.get(
        f"{hotel.stays}/{declared['stay_id']}/receipt", headers=hotel.lan
    )
    assert newest.json() == changed["receipt"]
