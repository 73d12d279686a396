"""Somebody else holds what is needed for longer than the database lets anyone wait."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.api.hotel import Hotel
from tests.people import guest, party, sign_in
from tests.web.visitor import Visitor


@pytest.fixture
async def impatient(admin_session: AsyncSession) -> None:
    """For whoever connects from now on."""
    await admin_session.execute(
        text(
            "DO $$ BEGIN EXECUTE "
            "format('ALTER DATABASE %I SET lock_timeout = 100', current_database()); END $$"
        )
    )
    await admin_session.commit()


@pytest.fixture
async def hotel(impatient: None, client: httpx.AsyncClient, cast: Cast) -> Hotel:
    return Hotel(client, cast, await sign_in(client, cast, "lan"))


@pytest.fixture
async def held(hotel: Hotel, admin_session: AsyncSession) -> AsyncIterator[str]:
    """A stay whose person, and whose facility, somebody else is at work on."""
    stay_id = (await hotel.declare_one(party(guest())))["stay_id"]
    for table in ("vault.person", "facility"):
        await admin_session.execute(text(f"SELECT * FROM {table} FOR NO KEY UPDATE"))
    yield stay_id
    await admin_session.rollback()


async def test_a_change_says_when_to_come_again(hotel: Hotel, held: str) -> None:
    for word, body in (("room", {"room": "102"}), ("departure", {}), ("void", {"reason": "nhầm"})):
        answer = await hotel.change(held, word, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
        assert answer.headers["Retry-After"] == "2"


async def test_so_does_whatever_is_not_tried_again(
    hotel: Hotel, held: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    path = f"/facilities/{cast.hoa_sen}"
    answer = await client.post(f"/api/v1{path}/members", json={"login": "hai"}, headers=hotel.lan)
    assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
    assert answer.headers["Retry-After"] == "2"
    visitor = Visitor(client)
    await visitor.sign_in(cast, "lan")
    await visitor.open(f"{path}/people")
    await visitor.send(f"{path}/people/invite-login", status=409, login="hai")
    assert "Hãy gửi lại sau vài giây" in visitor.html
