"""A phone with the app, in a real Chromium."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext

from asm.demo.cast import Cast
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.browser.conftest import make_context

OpenPhone = Callable[..., Awaitable[LandlordPhone]]


@pytest.fixture
async def open_phone(browser: Browser, live_server: str, cast: Cast) -> AsyncIterator[OpenPhone]:
    """Another phone each time, nobody signed in on it. Takes what a browser's context takes."""
    contexts: list[BrowserContext] = []

    async def opened(**options: Any) -> LandlordPhone:
        contexts.append(await make_context(browser, "phone", **options))
        return LandlordPhone(contexts[-1], await contexts[-1].new_page(), live_server, cast)

    yield opened
    for context in contexts:
        await context.close()


@pytest.fixture
async def network() -> AsyncIterator[PhoneNetwork]:
    """Between the phone and the server; good until a test says otherwise."""
    between = PhoneNetwork()
    yield between
    await between.close()


@pytest.fixture
async def phone(open_phone: OpenPhone, network: PhoneNetwork) -> LandlordPhone:
    """Hải is signed in, and the worker keeps the shell."""
    opened = await open_phone()
    await network.lead(opened.context)
    await opened.sign_in()
    await opened.controlled()
    return opened
