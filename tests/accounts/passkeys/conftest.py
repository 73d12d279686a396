"""The application at a name that browsers take for passkeys, and people with keys."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from asm.settings import Settings
from tests.accounts.passkeys.authenticator import ORIGIN, SoftKey
from tests.live_app import application, started
from tests.web.visitor import Visitor

_OPTIONS = re.compile(r'data-options="([^"]+)"')


class KeyOwner(Visitor):
    """A person in a browser, with security keys."""

    async def see_options(self, path: str = "/sign-in", number: int = 0) -> dict[str, Any]:
        """What the page at `path` gives the browser."""
        answer = await self.client.get(path, follow_redirects=True)
        self._read(answer, 200)
        options = unescape(_OPTIONS.findall(answer.text)[number])
        read: dict[str, Any] = json.loads(options)
        return read

    async def step_up(self, cast: Cast, login: str) -> None:
        await self.open("/step-up")
        await self.send("/step-up", password=cast.people[login].password)

    async def add_key(self, cast: Cast, login: str, key: SoftKey, label: str = "Máy tôi") -> None:
        """Sign in, type the password again and add `key`."""
        await self.sign_in(cast, login)
        await self.step_up(cast, login)
        options = await self.see_options("/account/passkeys")
        await self.send("/account/passkeys", answer=key.make(options), label=label)
        await self.open("/account")
        await self.send("/sign-out")

    async def enter(self, answer: str, status: int = 200, back: str = "/account") -> httpx.Response:
        """Send the sign-in form with the key's answer."""
        return await self.send("/sign-in/passkey", status=status, answer=answer, next=back)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    async with started(application(replace(settings, public_url=ORIGIN))) as running:
        yield running


@pytest.fixture
async def owner(app: Litestar) -> AsyncIterator[KeyOwner]:
    async for opened in key_owner(app):
        yield opened


async def key_owner(app: Litestar) -> AsyncIterator[KeyOwner]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as opened:
        yield KeyOwner(opened)
