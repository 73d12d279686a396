"""Records that a phone saved without signal, sent together."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.hotel import Hotel, stored
from tests.api.sync.outbox import Outbox, declare, item, of, statuses, stay_of
from tests.people import guest, hours_ago, party, sign_in


async def test_a_whole_life_in_one_batch(outbox: Outbox, hotel: Hotel) -> None:
    came = declare(guest(), guest(), arrived_at=hours_ago(5))
    answers = await outbox.send(
        came,
        item("extend", {"planned_departure_at": hours_ago(-60)}, stay=of(came)),
        item("move", {"room": "204"}, stay=of(came, 1)),
        item("amend", {"guest": {"note": "gửi chìa khóa"}}, stay=of(came, 1)),
        item("depart", {"departed_at": hours_ago(1)}, stay=of(came)),
        item("undo_departure", stay=of(came)),
        item("void", {"reason": "Khai nhầm"}, stay=of(came, 1)),
    )
    assert statuses(answers) == [201, 200, 200, 200, 200, 200, 200]
    first, second = stay_of(answers[0]), stay_of(answers[0], 1)
    assert await hotel.versions(first) == ["declared", "extended", "departed", "departure_undone"]
    assert await hotel.versions(second) == ["declared", "room_changed", "amended", "voided"]
    assert [answer["changed"]["receipt"]["version"] for answer in answers[1:]] == [2, 2, 3, 3, 4, 4]
    assert not any(answer["replayed"] or answer["problem"] for answer in answers)


async def test_sent_again_it_is_answered_again_and_nothing_is_doubled(
    outbox: Outbox, admin_session: AsyncSession
) -> None:
    came = declare()
    batch = [
        came,
        declare(guest(), guest()),
        item("depart", {"departed_at": hours_ago(0)}, stay=of(came)),
    ]
    before = await outbox.send(*batch)
    count = await stored(admin_session)
    again = await outbox.send(*batch)
    assert await stored(admin_session) == count
    assert [answer["replayed"] for answer in again] == [True] * 3
    for first, second in zip(before, again, strict=True):
        for part in ("outcome", "changed"):
            assert _receipts(first[part]) == _receipts(second[part])


def _receipts(answer: dict[str, Any] | None) -> list[Any]:
    if answer is None:
        return []
    return [answer.get("receipt"), *(each["receipt"] for each in answer.get("results", []))]


async def test_a_key_is_the_same_by_whichever_operation(outbox: Outbox, hotel: Hotel) -> None:
    came = declare()
    (answer,) = await outbox.send(came)
    single = await hotel.client.post(
        hotel.stays, json=came["body"], headers=hotel.lan | {"Idempotency-Key": came["key"]}
    )
    assert (single.status_code, single.json()["replayed"]) == (200, True)
    assert stay_of(answer) == single.json()["results"][0]["stay_id"]
    left = item("depart", {"departed_at": hours_ago(0)}, stay={"id": stay_of(answer)})
    await outbox.send(left)
    single = await hotel.client.post(
        f"{hotel.stays}/{stay_of(answer)}/departure",
        json=left["body"],
        headers=hotel.lan | {"Idempotency-Key": left["key"]},
    )
    assert single.headers["Idempotency-Replayed"] == "true"


async def test_one_key_twice_in_a_batch(outbox: Outbox) -> None:
    came = declare()
    other = {**declare(), "key": came["key"]}
    answers = await outbox.send(came, came, other)
    assert statuses(answers) == [201, 200, 422]
    assert answers[2]["problem"]["code"] == "idempotency_key_reused"
    assert answers[2]["problem"]["errors"][0]["pointer"] == "/key"


async def test_two_equal_batches_at_once(outbox: Outbox, admin_session: AsyncSession) -> None:
    batch = [declare() for _ in range(5)]
    count = await stored(admin_session)
    first, second = await asyncio.gather(outbox.send(*batch), outbox.send(*batch))
    assert await stored(admin_session) == count + 5
    assert [stay_of(answer) for answer in first] == [stay_of(answer) for answer in second]
    assert sorted(statuses(first) + statuses(second)) == [200] * 5 + [201] * 5


BAD_ITEMS: list[tuple[Any, str]] = [
    (declare() | {"deed": "feed"}, "/deed"),
    (declare() | {"body": {"arrived_at": "gestern", "guests": []}}, "/body/arrived_at"),
    (declare(guest(colour="red")), "/body/guests/0/colour"),
    (declare() | {"key": "short"}, "/key"),
    (declare() | {"note": "?"}, "/note"),
    (item("depart", {"departed_at": hours_ago(1)}), "/stay"),
    (item("depart", stay={"guest": 0}), "/stay"),
    (item("depart", stay={"declared_by": "x" * 8, "guest": 100}), "/stay/guest"),
    (item("void", {"reason": "nhầm"}, stay={"id": "not one"}), "/stay/id"),
    ("no object", ""),
    ({"deed": "declare"}, "/key"),
]


@pytest.mark.parametrize(("bad", "pointer"), BAD_ITEMS)
async def test_what_is_not_readable_steps_aside(outbox: Outbox, bad: Any, pointer: str) -> None:
    answers = await outbox.send(declare(), bad, declare())
    assert statuses(answers) == [201, 422, 201]
    problem = answers[1]["problem"]
    assert pointer in {error["pointer"] for error in problem["errors"]}, problem


async def test_what_a_rule_refuses_steps_aside(outbox: Outbox) -> None:
    nameless = declare(guest(full_name=""))
    answers = await outbox.send(
        declare(),
        nameless,
        item("depart", {"departed_at": hours_ago(0)}, stay=of(nameless)),
        declare(),
    )
    assert statuses(answers) == [201, 422, 409, 201]
    assert answers[1]["problem"]["code"] == "nothing_accepted"
    assert answers[2]["problem"]["code"] == "declaration_not_stored"


async def test_a_stay_that_was_changed_meanwhile(outbox: Outbox) -> None:
    (came,) = await outbox.send(declare())
    where = {"stay": {"id": stay_of(came)}, "version": 1}
    answers = await outbox.send(
        item("move", {"room": "301"}, **where), item("move", {"room": "302"}, **where)
    )
    assert answers[0]["status"] == 200
    assert (answers[1]["status"], answers[1]["problem"]["code"]) == (412, "stay_changed")


async def test_order_is_kept(outbox: Outbox, hotel: Hotel) -> None:
    """Somebody leaves, and comes again: told the other way round, it were one arrival."""
    somebody = guest()
    came = declare(somebody, arrived_at=hours_ago(30), planned_departure_at=hours_ago(-5))
    left = item("depart", {"departed_at": hours_ago(20)}, stay=of(came))
    back = declare(somebody, arrived_at=hours_ago(3), planned_departure_at=hours_ago(-20))
    answers = await outbox.send(came, left, back)
    assert statuses(answers) == [201, 200, 201]
    assert await hotel.versions(stay_of(answers[0])) == ["declared", "departed"]


@pytest.mark.parametrize("count", [0, 101])
async def test_how_many(outbox: Outbox, count: int) -> None:
    answer = await outbox.send_raw([item("quiet_night") for _ in range(count)])
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_size")


async def test_a_hundred(outbox: Outbox, admin_session: AsyncSession) -> None:
    count = await stored(admin_session)
    assert statuses(await outbox.send(*(declare() for _ in range(100)))) == [201] * 100
    assert await stored(admin_session) == count + 100


async def test_a_quiet_night_is_said_once(client: httpx.AsyncClient, cast: Cast) -> None:
    hai = await sign_in(client, cast, "hai")
    path = f"/api/v1/facilities/{cast.boarding_house}/batch"
    quiet = item("quiet_night")
    answers = [
        (await client.post(path, json={"items": [quiet]}, headers=hai)).json()["items"][0]
        for _ in range(2)
    ]
    assert [answer["replayed"] for answer in answers] == [False, True]
    assert answers[0]["quiet_night"] is not None
    assert answers[0]["quiet_night"] == answers[1]["quiet_night"]


async def test_whose_batch(client: httpx.AsyncClient, cast: Cast, outbox: Outbox) -> None:
    sent = {"items": [item("declare", party())]}
    for login, status in (("minh", 403), ("hai", 404), ("thao", 404)):
        answer = await client.post(
            outbox.path, json=sent, headers=await sign_in(client, cast, login)
        )
        assert answer.status_code == status, (login, answer.text)
    assert (await client.post(outbox.path, json=sent)).status_code == 401
