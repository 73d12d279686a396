"""A guest who is declared again: one arrival, a change of it, or a stay of its own; no silence."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import verify_token
from tests.api.hotel import Hotel, rules_of, stored
from tests.people import guest, hours_ago, party, sign_in


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


@pytest.fixture
def hotel(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> Hotel:
    return Hotel(client, cast, lan)


VISITS: dict[str, tuple[dict[str, Any], float | None, dict[str, Any]]] = {
    "left in the morning, back at night in another room": (
        {"arrived_at": 13, "planned_departure_at": -20}, 11,
        {"arrived_at": 1, "planned_departure_at": -20, "room": "102"},
    ),
    "two visits by the hour": (
        {"arrived_at": 6, "planned_departure_at": 4, "hourly": True}, None,
        {"arrived_at": 2, "planned_departure_at": 1, "hourly": True},
    ),
    "by the hour, then overnight": (
        {"arrived_at": 6, "planned_departure_at": 4, "hourly": True}, 4,
        {"arrived_at": 1, "planned_departure_at": -20},
    ),
}  # fmt: skip


def hours(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: hours_ago(value) if name.endswith("_at") else value for name, value in values.items()
    }


@pytest.mark.parametrize(("first", "left", "second"), VISITS.values(), ids=VISITS)
async def test_a_second_visit_is_a_stay_of_its_own(
    hotel: Hotel, keys: KeyFiles, first: dict[str, Any], left: float | None, second: dict[str, Any]
) -> None:
    somebody = guest()
    before = await hotel.declare_one(party(somebody, **hours(first)))
    if left is not None:
        gone = await hotel.change(before["stay_id"], "departure", departed_at=hours_ago(left))
        assert gone.status_code == 200, gone.text
    after = await hotel.declare_one(party(somebody, **hours(second)))
    assert after["status"] == "accepted"
    assert after["stay_id"] != before["stay_id"]
    assert verify_token(after["receipt"]["token"], keys.public_keys).version == 1


async def test_a_foreigner_who_left_at_night_and_is_back(hotel: Hotel) -> None:
    somebody = guest(
        nationality="FRA", document_type=4, document_number="X7654321",
        permitted_stay_until=hours_ago(-24 * 20)[:10], residence_province=None,
    )  # fmt: skip
    first = await hotel.declare_one(
        party(somebody, arrived_at=hours_ago(9), planned_departure_at=hours_ago(-40))
    )
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(3))
    again = await hotel.declare_one(
        party(somebody, arrived_at=hours_ago(1), planned_departure_at=hours_ago(-40))
    )
    assert again["status"] == "accepted"


async def test_who_should_have_left_days_ago_is_declarable_and_the_old_stay_is_named(
    hotel: Hotel,
) -> None:
    somebody = guest()
    old = party(somebody, arrived_at=hours_ago(24 * 6), planned_departure_at=hours_ago(24 * 4))
    first = await hotel.declare_one(old)
    again = await hotel.declare_one(party(somebody))
    assert again["status"] == "accepted"
    assert rules_of(again)["stay.earlier_open"] == ["arrived_at"]
    # Recorded at last, and without an hour: not after the guest came back.
    gone = await hotel.change(first["stay_id"], "departure")
    assert gone.status_code == 200, gone.text
    left = (await hotel.stay(first["stay_id"]))["departed_at"]
    assert left == (await hotel.stay(again["stay_id"]))["arrived_at"]


async def test_told_again_after_midnight_by_another_hour_is_not_a_second_stay(
    hotel: Hotel, admin_session: AsyncSession
) -> None:
    somebody = guest()
    first = await hotel.declare_one(party(somebody, arrived_at=hours_ago(1)))
    again = await hotel.declare_one(party(somebody, arrived_at=hours_ago(0.5)))
    assert again["status"] == "refused"
    assert rules_of(again)["stay.same_arrival_differs"] == ["arrived_at"]
    assert again["stay_id"] == first["stay_id"]
    assert again["receipt"] == first["receipt"]
    assert await stored(admin_session) == 1


async def test_a_changed_room_and_departure_are_made_and_receipted(
    hotel: Hotel, keys: KeyFiles
) -> None:
    body = party()
    first = await hotel.declare_one(body)
    moved = await hotel.declare_one(body | {"room": "102"})
    assert moved["status"] == "changed"
    assert moved["stay_id"] == first["stay_id"]
    assert verify_token(moved["receipt"]["token"], keys.public_keys).version == 2
    (said,) = [p for p in moved["problems"] if p["rule"] == "stay.same_arrival_changed"]
    assert "101 → 102" in said["message"]
    longer = await hotel.declare_one(
        body | {"room": "102", "planned_departure_at": hours_ago(-100)}
    )
    assert rules_of(longer)["stay.same_arrival_changed"] == ["planned_departure_at"]
    both = body | {"room": "103", "planned_departure_at": hours_ago(-124)}
    assert (await hotel.declare_one(both))["status"] == "changed"
    assert (await hotel.declare_one(both))["status"] == "merged"
    assert (await hotel.stay(first["stay_id"]))["room"] == "103"
    assert await hotel.versions(first["stay_id"]) == [
        "declared", "room_changed", "extended", "amended",
    ]  # fmt: skip


async def test_what_was_empty_is_added(hotel: Hotel) -> None:
    body = party()
    first = await hotel.declare_one(body)
    (somebody,) = body["guests"]
    added = await hotel.declare_one(body | {"guests": [somebody | {"phone": "0900000001"}]})
    assert added["status"] == "changed"
    assert rules_of(added)["stay.same_arrival_added"] == ["guest.phone"]
    assert (await hotel.stay(first["stay_id"]))["guest"]["phone"] == "0900000001"


DIFFERING: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "name": ({"full_name": "Nguyễn Văn Mậu"}, {}, "guest.full_name"),
    "birth date": ({"birth_date": "1990-08-16"}, {}, "guest.birth_date"),
    "sex": ({"sex": "female"}, {}, "guest.sex"),
    "nationality": ({"nationality": "LAO"}, {}, "guest.nationality"),
    "by the hour": ({}, {"hourly": True}, "hourly"),
    "reason": ({}, {"reason": 2}, "reason"),
}


@pytest.mark.parametrize(("who", "how", "field"), DIFFERING.values(), ids=DIFFERING)
async def test_anything_else_is_refused_by_name(
    hotel: Hotel,
    admin_session: AsyncSession,
    who: dict[str, Any],
    how: dict[str, Any],
    field: str,
) -> None:
    body = party(reason=1)
    (somebody,) = body["guests"]
    first = await hotel.declare_one(body)
    # A room told with it is not changed either: all or nothing.
    again = body | how | {"guests": [somebody | who], "room": "102"}
    refused = await hotel.declare_one(again)
    if refused["stay_id"] is None:  # other rules refuse it before
        assert field == "guest.nationality"
        return
    assert refused["status"] == "refused"
    assert set(rules_of(refused)["stay.same_arrival_differs"]) == {field, "room"}
    assert refused["receipt"] == first["receipt"]
    assert await hotel.versions(first["stay_id"]) == ["declared"]
    trail = await admin_session.execute(
        text("SELECT count(*) FROM audit_entry WHERE action = 'stay.opened_to_compare'")
    )
    assert trail.scalar_one() == 1


async def test_an_old_message_sent_again_does_not_undo_what_was_changed_since(hotel: Hotel) -> None:
    body = party()
    first = await hotel.declare_one(body)
    await hotel.change(first["stay_id"], "room", room="102")
    again = await hotel.declare_one(body)
    assert again["status"] == "merged"
    assert rules_of(again)["stay.changed_since"] == ["room"]
    assert again["receipt"]["version"] == 2
    assert (await hotel.stay(first["stay_id"]))["room"] == "102"


async def test_a_dry_run_tells_the_same_and_changes_nothing(hotel: Hotel) -> None:
    body = party()
    first = await hotel.declare_one(body)
    would = await hotel.declare_one(body | {"room": "102"}, dry_run="true")
    assert (would["status"], would["receipt"]) == ("would_change", None)
    assert rules_of(would)["stay.same_arrival_changed"] == ["room"]
    differs = await hotel.declare_one(body | {"arrived_at": hours_ago(3)}, dry_run="true")
    assert differs["status"] == "refused"
    assert await hotel.versions(first["stay_id"]) == ["declared"]


async def test_one_who_is_there_does_not_sink_the_others(hotel: Hotel) -> None:
    body = party()
    (somebody,) = body["guests"]
    await hotel.declare_one(body)
    outcome = await hotel.declare(
        body | {"guests": [somebody | {"sex": "female"}, guest(), somebody | {"room": "102"}]}
    )
    statuses = [result["status"] for result in outcome["results"]]
    assert statuses == ["refused", "accepted", "refused"]  # the third is the first again
    assert rules_of(outcome["results"][2])["party.duplicate"] == ["guest.document_number"]


async def test_nothing_is_opened_for_a_new_guest(hotel: Hotel, admin_session: AsyncSession) -> None:
    await hotel.declare_one(party())
    opened = await admin_session.execute(
        text("SELECT count(*) FROM audit_entry WHERE action = 'stay.opened_to_compare'")
    )
    assert opened.scalar_one() == 0
