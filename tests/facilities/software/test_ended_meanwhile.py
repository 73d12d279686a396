"""Ending a secret or its client also ends the token that is being issued at that moment."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.api.v1.oauth import client_token
from tests.accounts.locks import waits_for_a_lock
from tests.accounts.throttling.doors import HOTEL, coming_from
from tests.facilities.software.makers import Maker, ask_token


@pytest.mark.parametrize("what", ["secret", "client"])
async def test_a_token_does_not_outlive_what_it_was_issued_for(
    what: str,
    owner: Maker,
    app: Litestar,
    client: httpx.AsyncClient,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up, ending = asyncio.Event(), asyncio.Event()
    issue = client_token.issue_client_token

    async def later(*given: Any) -> str:
        looked_up.set()
        await ending.wait()
        return await issue(*given)

    monkeypatch.setattr(client_token, "issue_client_token", later)
    client_id, secret = await owner.make()
    if what == "secret":
        await owner.add_secret()  # the last one is ended with its client alone
    async with coming_from(app, HOTEL) as software:
        answering = asyncio.create_task(ask_token(software, client_id, secret))
        await looked_up.wait()
        end = asyncio.create_task(owner.end_oldest_secret() if what == "secret" else owner.revoke())
        while not await waits_for_a_lock(admin_engine):
            assert not end.done(), "it must wait for the token"
        ending.set()
        token = (await answering).json()["access_token"]
        await end
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 401
