"""What ends sign-ins is answered as what it is, whatever goes on in this process meanwhile."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.known_hosts import KnownHosts
from asm.accounts.login import token_hash
from asm.demo.cast import Cast
from tests.accounts.own.hosts import token_of
from tests.people import sign_in

NEW = "truoc sau van nhu ban dau"


async def changed(client: httpx.AsyncClient, cast: Cast, bearer: dict[str, str]) -> int:
    old = cast.people["lan"].password
    answer = await client.post(
        "/api/v1/me/password",
        json={"current": old, "new": NEW, "end_tokens": True},
        headers=bearer,
    )
    return answer.status_code


async def test_the_look_of_every_ten_seconds_begins_in_between(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer, other = [await sign_in(client, cast, "lan") for _ in range(2)]
    looked: list[Collection[UUID]] = []
    read = KnownHosts._sign_ins

    async def and_look(
        self: KnownHosts,
        session: AsyncSession,
        since: datetime | None,
        account_ids: Collection[UUID] | None = None,
    ) -> dict[bytes, Any]:
        still_open = await read(self, session, since, account_ids)
        if account_ids is not None:
            looked.append(account_ids)
            await self.look()
        return still_open

    monkeypatch.setattr(KnownHosts, "_sign_ins", and_look)
    assert await changed(client, cast, bearer) == 204
    assert len(looked) == 2, "of tokens and of page sessions"
    assert await token_of(client, "lan", NEW) is not None
    known = app.state.known_tokens
    secrets = [each["Authorization"].removeprefix("Bearer ") for each in (bearer, other)]
    assert [known.whose(token_hash(each)) is not None for each in secrets] == [True, False]


async def test_what_cannot_be_remembered_fails_nothing(
    client: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = await sign_in(client, cast, "lan")
    failed = []

    async def broken(*_: object) -> dict[bytes, Any]:
        failed.append(True)
        raise RuntimeError

    monkeypatch.setattr(KnownHosts, "_sign_ins", broken)
    assert await changed(client, cast, bearer) == 204
    assert len(failed) == 2
    assert await token_of(client, "lan", NEW) is not None
