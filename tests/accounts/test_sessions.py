"""Signing in and out: nothing is told to guessers, and what has ended has ended on the server."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.create import create_account
from asm.accounts.login import sign_out
from asm.accounts.sessions import HOST_IDLE, OFFICER_IDLE, actor_of_session
from asm.demo.cast import Cast
from asm.errors import Conflict, Invalid, Unauthenticated
from tests.accounts.page_sessions import open_session
from tests.people import sign_in


async def _age(session: AsyncSession, column: str, by: timedelta) -> None:
    await session.execute(
        text(f"UPDATE web_session SET {column} = {column} - CAST(:by AS interval)"), {"by": by}
    )


async def test_unknown_login_and_wrong_password_look_alike(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    wrong, unknown = [
        await client.post(
            "/api/v1/tokens", json={"login": login, "password": "not-the-password", "label": "x"}
        )
        for login in (cast.people["lan"].login, "nobody-at-all")
    ]
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


async def test_a_revoked_token_is_dead(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    assert (await client.get("/api/v1/me", headers=lan)).json()["login"] == "lan"
    assert (await client.delete("/api/v1/tokens/current", headers=lan)).status_code == 204
    assert (await client.get("/api/v1/me", headers=lan)).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic bGFuOng="])
async def test_a_broken_header_is_nobody(
    header: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    answer = await client.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("login", "idle"), [("lan", HOST_IDLE), ("minh", OFFICER_IDLE)])
async def test_an_idle_session_ends(
    login: str, idle: timedelta, admin_session: AsyncSession, cast: Cast
) -> None:
    opened = await open_session(admin_session, login, cast.people[login].password)
    assert (await actor_of_session(admin_session, opened.token)).login == login
    await _age(admin_session, "last_seen_at", idle + timedelta(minutes=1))
    with pytest.raises(Unauthenticated):
        await actor_of_session(admin_session, opened.token)


async def test_a_session_in_use_stays(admin_session: AsyncSession, cast: Cast) -> None:
    opened = await open_session(admin_session, "minh", cast.people["minh"].password)
    for _ in range(3):
        await _age(admin_session, "last_seen_at", OFFICER_IDLE - timedelta(minutes=1))
        assert await actor_of_session(admin_session, opened.token)


async def test_the_absolute_limit_holds(admin_session: AsyncSession, cast: Cast) -> None:
    opened = await open_session(admin_session, "lan", cast.people["lan"].password)
    await _age(admin_session, "expires_at", timedelta(hours=12))
    with pytest.raises(Unauthenticated):
        await actor_of_session(admin_session, opened.token)


async def test_signing_out_ends_it_on_the_server(admin_session: AsyncSession, cast: Cast) -> None:
    opened = await open_session(admin_session, "lan", cast.people["lan"].password)
    await sign_out(admin_session, opened.token)
    with pytest.raises(Unauthenticated):
        await actor_of_session(admin_session, opened.token)


async def test_only_hashes_of_tokens_and_argon2id_of_passwords_are_stored(
    admin_session: AsyncSession, cast: Cast
) -> None:
    opened = await open_session(admin_session, "lan", cast.people["lan"].password)
    rows = (await admin_session.execute(text("SELECT s::text FROM web_session s"))).scalars()
    assert opened.token not in "\n".join(rows)
    hashes = (await admin_session.execute(text("SELECT password_hash FROM account"))).scalars()
    assert all(value.startswith("$argon2id$") for value in hashes)


async def test_short_passwords_and_taken_logins_are_refused(
    admin_session: AsyncSession, cast: Cast
) -> None:
    with pytest.raises(Invalid, match="password_too_short"):
        await create_account(
            admin_session, login="x", password="short", display_name="X", role="landlord"
        )
    with pytest.raises(Conflict, match="login_taken"):
        await create_account(
            admin_session, login="LAN", password="long-enough-1", display_name="X", role="landlord"
        )
