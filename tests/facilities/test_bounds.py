"""What one account may put on the lists of others."""

import asyncio

import httpx
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.facilities.waiting import MOST_AN_HOUR, MOST_OF_KNOWN, MOST_OF_NEW
from tests.accounts.own.hosts import open_account, token_of
from tests.people import sign_in
from tests.web.codes.people import browser

HOUSE = {
    "kind": "homestay", "name": "Nhà nghỉ Thử", "address_text": "9 Phố Mẫu", "lat": 21.0287,
    "lon": 105.8524, "rooms": [],
}  # fmt: skip


async def _newcomer(client: httpx.AsyncClient) -> dict[str, str]:
    opened = await open_account(client)
    token = await token_of(client, opened["login"])
    assert token is not None
    return token


async def _change(engine: AsyncEngine, statement: str) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement))


async def test_so_many_registrations_wait_at_once_also_when_sent_at_once(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    host = await _newcomer(client)
    answers = await asyncio.gather(
        *(
            client.post("/api/v1/facilities", json=HOUSE, headers=host)
            for _ in range(MOST_OF_NEW + 3)
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(409)) == (MOST_OF_NEW, 3)
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "too_many_waiting"
    # Sent back is not decided yet.
    await _change(admin_engine, "UPDATE facility SET status = 'returned' WHERE status = 'pending'")
    again = await client.post("/api/v1/facilities", json=HOUSE, headers=host)
    assert again.status_code == 409
    # Who is known to a ward may have more of them waiting, though not all in an hour.
    await _change(
        admin_engine,
        "UPDATE facility SET status = 'active' WHERE id IN "
        "(SELECT id FROM facility WHERE status = 'returned' LIMIT 1)",
    )
    assert MOST_OF_NEW < MOST_AN_HOUR < MOST_OF_KNOWN
    for _ in range(MOST_AN_HOUR - MOST_OF_NEW):
        more = await client.post("/api/v1/facilities", json=HOUSE, headers=host)
        assert more.status_code == 201, more.text
    more = await client.post("/api/v1/facilities", json=HOUSE, headers=host)
    assert (more.status_code, more.json()["code"]) == (409, "too_many_registered")
    await _change(
        admin_engine, "UPDATE facility SET registered_at = registered_at - interval '1 hour'"
    )
    assert (await client.post("/api/v1/facilities", json=HOUSE, headers=host)).status_code == 201


async def test_the_form_says_what_to_do(
    app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await _change(
        admin_engine,
        "UPDATE facility SET status = 'pending', registered_by = "
        "(SELECT id FROM account WHERE login = 'hai')",
    )
    await _change(
        admin_engine,
        "INSERT INTO membership (facility_id, account_id) SELECT facility.id, account.id "
        "FROM facility, account WHERE login = 'hai' ON CONFLICT DO NOTHING",
    )
    async with browser(app) as page:
        await page.sign_in(cast, "hai")
        await page.open("/facilities/new")
        form = HOUSE | {"latitude": "21.0287", "longitude": "105.8524", "rooms": ""}
        for _ in range(MOST_OF_NEW - 4):
            await page.send("/facilities/new", **form)
            await page.open("/facilities/new")
        await page.send("/facilities/new", status=422, **form)
        assert f"Bạn đang có {MOST_OF_NEW} cơ sở chờ Công an cấp xã" in page.html


async def test_a_house_that_waits_writes_on_nobodys_list(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    host, lan = await _newcomer(client), await sign_in(client, cast, "lan")
    house = (await client.post("/api/v1/facilities", json=HOUSE, headers=host)).json()["id"]
    for login in ("lan", "khong-co-ai"):
        answer = await client.post(
            f"/api/v1/facilities/{house}/members", json={"login": login}, headers=host
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "facility_not_active_yet")
    assert (await client.get("/api/v1/invitations", headers=lan)).json() == []
    # By a code, which is handed over, it may invite.
    invited = await client.post(
        f"/api/v1/facilities/{house}/invitations", json={"role": "landlord"}, headers=host
    )
    assert invited.status_code == 201
