"""Hải at a browser, and his phone."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from tests.accounts.devices.phone import ORIGIN, Browser, Phone


async def browser_of(app: Litestar) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Browser(client)


@pytest.fixture
async def browser(app: Litestar, cast: Cast) -> AsyncIterator[Browser]:
    """Hải is signed in."""
    async for opened in browser_of(app):
        hai = cast.people["hai"]
        await opened.sign_in(hai.login, hai.password)
        yield opened


@pytest.fixture
async def phone(client: httpx.AsyncClient, browser: Browser) -> Phone:
    """Hải's, signed in."""
    signed_in = Phone(client)
    await signed_in.sign_in(browser)
    return signed_in
