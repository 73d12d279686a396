"""A guest who is declared again: one arrival, a change of it, or a stay of its own; no silence."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import WARD_A, Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import verify_token
from tests.people import fresh_key, guest, hours_ago, party, sign_in, stays_of


@pytest.fixture
async def lan(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "lan")


class Hotel:
    """Lan's hotel over the interface."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> None:
        self.client, self.stays, self.lan = client, stays_of(cast), lan

    async def declare(self, body: dict[str, Any], **params: Any) -> dict[str, Any]:
        """The outcome, whatever it is."""
        answer = await self.client.post(
            self.stays, json=body, headers=self.lan | fresh_key(), params=params
        )
        outcome: dict[str, Any] = answer.json()
        if answer.status_code == 422:
            assert outcome["code"] == "nothing_accepted", answer.text
            outcome = outcome["outcome"]
        parts = ("accepted", "merged", "changed", "rejected")
        if not params:
            assert outcome["read"] == sum(outcome[part] for part in parts)
        return outcome

    async def one(self, body: dict[str, Any], **params: Any) -> dict[str, Any]:
        """What became of the only guest."""
        (result,) = (await self.declare(body, **params))["results"]
        return dict(result)

    async def change(self, stay_id: str, word: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{self.stays}/{stay_id}/{word}", json=body, headers=self.lan | fresh_key()
        )

    async def stay(self, stay_id: str) -> dict[str, Any]:
        return dict((await self.client.get(f"{self.stays}/{stay_id}", headers=self.lan)).json())

    async def versions(self, stay_id: str) -> list[str]:
        answer = await self.client.get(f"{self.stays}/{stay_id}/versions", headers=self.lan)
        return [version["change"] for version in answer.json()]


@pytest.fixture
def hotel(client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> Hotel:
    return Hotel(client, cast, lan)


def rules_of(result: dict[str, Any]) -> dict[str, list[str]]:
    """The fields that each rule about the same arrival names."""
    named: dict[str, list[str]] = {}
    for problem in result["problems"]:
        named.setdefault(problem["rule"], []).append(problem["field"])
    return named


async def stored(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())


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
    before = await hotel.one(party(somebody, **hours(first)))
    if left is not None:
        gone = await hotel.change(before["stay_id"], "departure", departed_at=hours_ago(left))
        assert gone.status_code == 200, gone.text
    after = await hotel.one(party(somebody, **hours(second)))
    assert after["status"] == "accepted"
    assert after["stay_id"] != before["stay_id"]
    assert verify_token(after["receipt"]["token"], keys.public_keys).version == 1


async def test_a_foreigner_who_left_at_night_and_is_back(hotel: Hotel) -> None:
    somebody = guest(
        nationality="FRA", document_type=4, document_number="X7654321",
        permitted_stay_until=hours_ago(-24 * 20)[:10], residence_province=None,
    )  # fmt: skip
    first = await hotel.one(
        party(somebody, arrived_at=hours_ago(9), planned_departure_at=hours_ago(-40))
    )
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(3))
    again = await hotel.one(
        party(somebody, arrived_at=hours_ago(1), planned_departure_at=hours_ago(-40))
    )
    assert again["status"] == "accepted"


async def test_who_should_have_left_days_ago_is_declarable_and_the_old_stay_is_named(
    hotel: Hotel,
) -> None:
    somebody = guest()
    old = party(somebody, arrived_at=hours_ago(24 * 6), planned_departure_at=hours_ago(24 * 4))
    first = await hotel.one(old)
    again = await hotel.one(party(somebody))
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
    first = await hotel.one(party(somebody, arrived_at=hours_ago(1)))
    again = await hotel.one(party(somebody, arrived_at=hours_ago(0.5)))
    assert again["status"] == "refused"
    assert rules_of(again)["stay.same_arrival_differs"] == ["arrived_at"]
    assert again["stay_id"] == first["stay_id"]
    assert again["receipt"] == first["receipt"]
    assert await stored(admin_session) == 1


async def test_a_changed_room_and_departure_are_made_and_receipted(
    hotel: Hotel, keys: KeyFiles
) -> None:
    body = party()
    first = await hotel.one(body)
    moved = await hotel.one(body | {"room": "102"})
    assert moved["status"] == "changed"
    assert moved["stay_id"] == first["stay_id"]
    assert verify_token(moved["receipt"]["token"], keys.public_keys).version == 2
    (said,) = [p for p in moved["problems"] if p["rule"] == "stay.same_arrival_changed"]
    assert "101 → 102" in said["message"]
    longer = await hotel.one(body | {"room": "102", "planned_departure_at": hours_ago(-100)})
    assert rules_of(longer)["stay.same_arrival_changed"] == ["planned_departure_at"]
    both = body | {"room": "103", "planned_departure_at": hours_ago(-124)}
    assert (await hotel.one(both))["status"] == "changed"
    assert (await hotel.one(both))["status"] == "merged"
    assert (await hotel.stay(first["stay_id"]))["room"] == "103"
    assert await hotel.versions(first["stay_id"]) == [
        "declared", "room_changed", "extended", "amended",
    ]  # fmt: skip


async def test_what_was_empty_is_added(hotel: Hotel) -> None:
    body = party()
    first = await hotel.one(body)
    (somebody,) = body["guests"]
    added = await hotel.one(body | {"guests": [somebody | {"phone": "0900000001"}]})
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
    first = await hotel.one(body)
    # A room told with it is not changed either: all or nothing.
    again = body | how | {"guests": [somebody | who], "room": "102"}
    refused = await hotel.one(again)
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
    first = await hotel.one(body)
    await hotel.change(first["stay_id"], "room", room="102")
    again = await hotel.one(body)
    assert again["status"] == "merged"
    assert rules_of(again)["stay.changed_since"] == ["room"]
    assert again["receipt"]["version"] == 2
    assert (await hotel.stay(first["stay_id"]))["room"] == "102"


async def test_a_dry_run_tells_the_same_and_changes_nothing(hotel: Hotel) -> None:
    body = party()
    first = await hotel.one(body)
    would = await hotel.one(body | {"room": "102"}, dry_run="true")
    assert (would["status"], would["receipt"]) == ("would_change", None)
    assert rules_of(would)["stay.same_arrival_changed"] == ["room"]
    differs = await hotel.one(body | {"arrived_at": hours_ago(3)}, dry_run="true")
    assert differs["status"] == "refused"
    assert await hotel.versions(first["stay_id"]) == ["declared"]


async def test_one_who_is_there_does_not_sink_the_others(hotel: Hotel) -> None:
    body = party()
    (somebody,) = body["guests"]
    await hotel.one(body)
    outcome = await hotel.declare(
        body | {"guests": [somebody | {"sex": "female"}, guest(), somebody | {"room": "102"}]}
    )
    statuses = [result["status"] for result in outcome["results"]]
    assert statuses == ["refused", "accepted", "refused"]  # the third is the first again
    assert rules_of(outcome["results"][2])["party.duplicate"] == ["guest.document_number"]


async def test_nothing_is_opened_for_a_new_guest(hotel: Hotel, admin_session: AsyncSession) -> None:
    await hotel.one(party())
    opened = await admin_session.execute(
        text("SELECT count(*) FROM audit_entry WHERE action = 'stay.opened_to_compare'")
    )
    assert opened.scalar_one() == 0


def child(**changes: Any) -> dict[str, Any]:
    return {
        "full_name": "Nguyễn Thị Hoà",
        "birth_date": "2019-03-04",
        "sex": "female",
        "no_papers": True,
        "residence_province": "01",
        **changes,
    }


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
    assert (await hotel.one(body | {"guests": [old]}))["status"] == "accepted"
    assert (await hotel.one(body | {"guests": [old]}))["status"] == "merged"
    namesake = await hotel.one(body | {"guests": [old], "room": "102"})
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
    first = await hotel.one(
        party(somebody, arrived_at=hours_ago(2), planned_departure_at=hours_ago(-40))
    )
    before = await tonight()
    await hotel.change(first["stay_id"], "departure", departed_at=hours_ago(1))
    await hotel.one(party(somebody, arrived_at=hours_ago(0.5), planned_departure_at=hours_ago(-40)))
    assert await tonight() == before
