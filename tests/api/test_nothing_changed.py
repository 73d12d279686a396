"""A change that tells what stands already: the newest receipt again, and no version."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from tests.api.hotel import Hotel
from tests.people import fresh_key, guest, hours_ago, party, sign_in
from tests.web.visitor import Visitor

ROOM = {"room": "102"}


@pytest.fixture
async def hotel(client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


@pytest.fixture
def body() -> dict[str, Any]:
    return party(guest())


@pytest.fixture
async def moved(hotel: Hotel, body: dict[str, Any]) -> dict[str, Any]:
    """A stay in its second version: the receipt of it."""
    stay_id = (await hotel.declare_one(body))["stay_id"]
    receipt: dict[str, Any] = (await hotel.change(stay_id, "room", **ROOM)).json()["receipt"]
    assert receipt["version"] == 2
    return receipt


async def _traces(session: AsyncSession) -> list[int]:
    """Versions, events and deeds; to open a guest is another kind of entry."""
    deeds = "audit_entry WHERE action IN ('stay.amended', 'stay.extended', 'stay.room_changed')"
    tables = ("stay_version", "outbox", deeds)
    counts = [await session.execute(text(f"SELECT count(*) FROM {table}")) for table in tables]
    return [count.scalar_one() for count in counts]


async def test_what_stands_told_again(
    hotel: Hotel, moved: dict[str, Any], body: dict[str, Any], admin_session: AsyncSession
) -> None:
    departure = datetime.fromisoformat(body["planned_departure_at"])
    elsewhere = departure.astimezone(VIETNAM).isoformat()
    before = await _traces(admin_session)
    path = f"{hotel.stays}/{moved['stay_id']}"
    for method, address, sent in (
        ("PATCH", path, {}),
        ("PATCH", path, ROOM),
        ("PATCH", path, {"guest": body["guests"][0], "reason": None}),
        ("PATCH", path, {"arrived_at": body["arrived_at"], "planned_departure_at": elsewhere}),
        ("POST", f"{path}/room", ROOM),
        ("POST", f"{path}/extension", {"planned_departure_at": elsewhere}),
    ):
        headers = hotel.lan | fresh_key()
        answer = await hotel.client.request(method, address, json=sent, headers=headers)
        assert (answer.status_code, answer.json()["receipt"]) == (200, moved), sent
        assert answer.json()["unchanged"], sent
        assert not answer.json()["replayed"], sent
    assert await _traces(admin_session) == before


async def test_what_is_new_is_no_less_a_version(
    hotel: Hotel, moved: dict[str, Any], body: dict[str, Any]
) -> None:
    later = datetime.fromisoformat(body["planned_departure_at"]) + timedelta(hours=1)
    for version, sent in enumerate(
        (
            {"guest": body["guests"][0] | {"phone": "0901234567"}},
            {"arrived_at": hours_ago(2)},
            {"planned_departure_at": later.isoformat()},
            {"room": "103"},
            {"reason_text": "Thăm người quen"},
        ),
        3,
    ):
        answer = await hotel.amend(moved["stay_id"], **sent)
        assert (answer["receipt"]["version"], answer["unchanged"]) == (version, False), sent
    voided = await hotel.change(moved["stay_id"], "void", reason="nhầm")
    assert (voided.json()["receipt"]["version"], voided.json()["unchanged"]) == (8, False)
    assert (await hotel.change(moved["stay_id"], "room", **ROOM)).status_code == 409


async def test_who_has_left_is_refused_all_the_same(hotel: Hotel, moved: dict[str, Any]) -> None:
    await hotel.change(moved["stay_id"], "departure")
    again = await hotel.change(moved["stay_id"], "room", **ROOM)
    assert (again.status_code, again.json()["code"]) == (409, "stay_departed")


async def test_one_key_gets_one_answer(hotel: Hotel, moved: dict[str, Any]) -> None:
    path, headers = f"{hotel.stays}/{moved['stay_id']}/room", hotel.lan | fresh_key()
    first, second = [await hotel.client.post(path, json=ROOM, headers=headers) for _ in range(2)]
    assert (first.json()["unchanged"], first.json()["replayed"]) == (True, False)
    assert second.json() == first.json() | {"replayed": True}


async def test_the_desk_says_so(
    hotel: Hotel, moved: dict[str, Any], cast: Cast, admin_session: AsyncSession
) -> None:
    visitor = Visitor(hotel.client)
    await visitor.sign_in(cast, "lan")
    path = f"/desk/{cast.hoa_sen}/stays/{moved['stay_id']}/move"
    await visitor.open(path)
    before = await _traces(admin_session)
    await visitor.send(path, key=visitor.key, room="102")
    assert "Không có gì thay đổi" in visitor.html
    assert await _traces(admin_session) == before
    await visitor.open(path)
    await visitor.send(path, key=visitor.key, room="103")
    assert "Đã đổi phòng." in visitor.html
