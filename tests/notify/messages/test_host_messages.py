"""Receipts, registrations that were sent back, announcements: from the event to the message."""

from collections import Counter
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from asm.errors import Invalid
from asm.notify.messages.announce import announce
from asm.outbox.drain import Handler, drain
from asm.worker.subscribers import HANDLERS
from tests.notify.messages.rows import account_id, change, messages_by_login, put_contact, rows
from tests.people import fresh_key, party, sign_in


async def empty(engine: AsyncEngine, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    while (await drain(engine, handlers)).remaining:
        pass


async def test_receipts_go_to_hotel_systems_and_to_nobody_who_did_not_ask(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    stays_url = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    first = await client.post(stays_url, json=party(), headers=lan | fresh_key())
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "receipt") == Counter()
    await put_contact(admin_engine, "pms", "webhook", {"url": "https://pms.example/asm"})
    second = await client.post(stays_url, json=party(), headers=lan | fresh_key())
    assert (first.status_code, second.status_code) == (201, 201)
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "receipt") == Counter({"pms": 1})
    (row,) = await rows(admin_engine, "SELECT facts, in_inbox FROM message")
    receipt = second.json()["results"][0]["receipt"]
    assert row.facts["receipt"] == receipt["number"]
    assert row.facts["on_time"] is receipt["on_time"]
    assert row.in_inbox is False
    assert "Nguyễn" not in str(row.facts)


async def test_a_person_may_ask_for_receipts(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine,
        "INSERT INTO notice_preference VALUES (:me, 'receipt', 'inbox', true)",
        me=await account_id(admin_engine, "lan"),
    )
    lan = await sign_in(client, cast, "lan")
    await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "receipt") == Counter({"lan": 1})


async def test_administrators_hear_of_a_ward_where_nobody_can_activate(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Once a day, without the facility's name; not while an officer of the ward can sign in."""
    hai = await sign_in(client, cast, "hai")

    async def register(name: str) -> None:
        (centre,) = await rows(
            admin_engine,
            "SELECT ST_Y(centre) AS lat, ST_X(centre) AS lon FROM ward WHERE code = :ward",
            ward=WARD_A,
        )
        facility = {
            "kind": "boarding_house", "name": name, "address_text": "9 ngõ Mẫu",
            "lat": centre.lat, "lon": centre.lon,
        }  # fmt: skip
        answer = await client.post("/api/v1/facilities", json=facility, headers=hai)
        assert answer.status_code == 201, answer.text
        await empty(worker_engine)

    topic = "ward.unattended"
    await register("Nhà trọ Có Người")
    assert await messages_by_login(admin_engine, topic) == Counter()
    await change(
        admin_engine,
        "UPDATE account SET disabled_at = now() WHERE ward_code = :ward",
        ward=WARD_A,
    )
    await register("Nhà trọ Chờ Mãi")
    await register("Nhà trọ Chờ Nữa")
    assert await messages_by_login(admin_engine, topic) == Counter({"admin": 1})
    (row,) = await rows(
        admin_engine, "SELECT facts, link FROM message WHERE topic = 'ward.unattended'"
    )
    assert row.link == "/officers"
    assert list(row.facts) == ["ward"]


async def test_what_the_ward_sends_back_reaches_its_people_alone(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine, "UPDATE facility SET status = 'pending' WHERE id = :f", f=cast.boarding_house
    )
    minh = await sign_in(client, cast, "minh")
    answer = await client.post(
        f"/api/v1/facilities/{cast.boarding_house}/return",
        json={"note": "Ghi rõ số nhà."},
        headers=minh,
    )
    assert answer.status_code == 200, answer.text
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "facility.returned") == Counter({"hai": 1})
    (row,) = await rows(admin_engine, "SELECT facts, link FROM message")
    assert row.facts == {"facility": "Nhà trọ Hải Yến"}
    assert row.link == f"/facilities/{cast.boarding_house}"


async def test_what_the_ward_activates_is_told_in_the_inbox_and_by_mail(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine, "UPDATE facility SET status = 'pending' WHERE id = :f", f=cast.boarding_house
    )
    await put_contact(admin_engine, "hai", "email", {"email": "hai@example.com"})
    minh = await sign_in(client, cast, "minh")
    activation_url = f"/api/v1/facilities/{cast.boarding_house}/activation"
    assert (await client.post(activation_url, headers=minh)).status_code == 200
    assert (await client.post(activation_url, headers=minh)).status_code == 409
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "facility.activated") == Counter({"hai": 1})
    assert await messages_by_login(admin_engine, "facility.returned") == Counter()
    (row,) = await rows(
        admin_engine,
        "SELECT facts, link, in_inbox, channel FROM message JOIN delivery "
        "ON delivery.message_id = message.id AND delivery.facility_id = message.facility_id",
    )
    assert row.link == f"/desk/{cast.boarding_house}"
    assert (row.in_inbox, row.channel) == (True, "email")


async def test_who_wants_no_mail_of_it_gets_the_inbox_alone(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine, "UPDATE facility SET status = 'returned' WHERE id = :f", f=cast.boarding_house
    )
    await put_contact(admin_engine, "hai", "email", {"email": "hai@example.com"})
    await change(
        admin_engine,
        "INSERT INTO notice_preference VALUES (:me, 'facility.activated', 'email', false)",
        me=await account_id(admin_engine, "hai"),
    )
    minh = await sign_in(client, cast, "minh")
    activation_url = f"/api/v1/facilities/{cast.boarding_house}/activation"
    assert (await client.post(activation_url, headers=minh)).status_code == 200
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "facility.activated") == Counter({"hai": 1})
    assert await rows(admin_engine, "SELECT id FROM delivery") == []


async def test_an_announcement_reaches_every_account_once(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine, cast: Cast
) -> None:
    async with one_transaction(worker_engine) as session:
        await announce(session, "Bảo trì từ 02:00.", "Maintenance from 02:00.")
    await empty(worker_engine)
    # Whether declaring works is no business of who reads figures alone.
    everybody = cast.people.keys() - {"nga", "van"}
    assert await messages_by_login(admin_engine, "outage") == Counter(dict.fromkeys(everybody, 1))


async def test_an_announcement_needs_both_languages(worker_engine: AsyncEngine) -> None:
    async with one_transaction(worker_engine) as session:
        with pytest.raises(Invalid, match="announcement_length"):
            await announce(session, "Bảo trì.", " ")
