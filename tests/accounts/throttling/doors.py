"""People who try to sign in from different networks, and a clock that is moved on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.web.visitor import Visitor

STRANGER = "203.0.113.66"
HOTEL = "198.51.100.7"
WRONG = "not-the-password"


@asynccontextmanager
async def coming_from(app: Litestar, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose connections come from `address`."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def try_password(
    client: httpx.AsyncClient, login: str, password: str = WRONG, **headers: str
) -> httpx.Response:
    return await client.post(
        "/api/v1/tokens",
        json={"login": login, "password": password, "label": "x"},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


async def try_until_blocked(client: httpx.AsyncClient, login: str) -> list[int]:
    """The answers to 52 wrong passwords in a row."""
    return [(await try_password(client, login)).status_code for _ in range(52)]


async def sign_in_on_page(
    client: httpx.AsyncClient, cast: Cast, login: str, password: str | None = None
) -> httpx.Response:
    """What the form answers, not followed."""
    visitor = Visitor(client)
    await visitor.open("/sign-in")
    return await client.post(
        "/sign-in",
        data={
            "_csrf_token": visitor.token,
            "login": login,
            "password": password or cast.people[login].password,
        },
    )


async def take_name(app: Litestar, cast: Cast, login: str, password: str, name: str) -> None:
    """On `/account`, from a network of strangers."""
    async with coming_from(app, STRANGER) as client:
        assert (await sign_in_on_page(client, cast, login, password)).status_code == 303
        visitor = Visitor(client)
        await visitor.open("/account")
        taken = await visitor.send(
            "/account/sign-in-name", sign_in_name=name, name_password=password
        )
        assert taken.url.query == b"saved=name"


async def time_passes(admin: AsyncEngine, by: timedelta) -> None:
    """As if every counter and every sign-in were `by` older."""
    async with admin.begin() as connection:
        for table, column in (
            ("tries", "empty_at"),
            ("tries", "blocked_until"),
            ("known_origin", "last_at"),
        ):
            await connection.execute(
                text(f"UPDATE {table} SET {column} = {column} - CAST(:by AS interval)"),
                {"by": by},
            )
