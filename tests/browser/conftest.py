"""A real Chromium against the application served by uvicorn."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from asm.demo.cast import WARD_A, Cast
from tests.browser.complaints import Complaints
from tests.browser.drawing import Listener, OpenMapPage
from tests.browser.person import PATIENCE_MS, Person
from tests.browser.requests import look_at_requests
from tests.conftest import Database

#: Of several such lists a browser minds the last: Playwright's own comes first, then what is ours.
#: The address bar's menu is a page in a process of its own, for each window: it costs more than
#: most of our pages. A spare process would wait for a page that nobody opens.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch", "msForceBrowserSignIn", "msEdgeUpdateLaunchServicesPreferredVersion",
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",
)  # fmt: skip
#: A browser that talks to nobody but the page's own server.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    f"--disable-features={','.join(WITHOUT)}",
)  # fmt: skip
DRAWING = (
    *(flag for flag in QUIET if flag != "--disable-gpu"),
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
expect.set_options(timeout=PATIENCE_MS)
SIZES = {"desk": (1280, 900), "phone": (360, 740)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with _launched(QUIET) as opened:
        yield opened


@pytest.fixture(scope="session")
async def drawing_browser() -> AsyncIterator[Browser]:
    """One that draws maps, in software."""
    async with _launched(DRAWING) as opened:
        yield opened


@asynccontextmanager
async def _launched(flags: tuple[str, ...]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path(), args=list(flags))
        devtools = await opened.new_browser_cdp_session()
        command = (await devtools.send("SystemInfo.getInfo"))["commandLine"]
        for names in re.findall(r"--disable-features=(\S+)", command):
            lacking = set(names.split(",")) - set(WITHOUT)
            assert not lacking, f"Playwright switches off more: add it to WITHOUT: {lacking}"
        yield opened
        await opened.close()


async def make_context(browser: Browser, size: str, **options: Any) -> BrowserContext:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", **options
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


# Every page asks for the live server, so that it is closed before the server is: what a page
# still asks for (a picture, the inbox's events) never meets a closed port.
@pytest.fixture(params=SIZES)
async def page(
    browser: Browser, live_server: str, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page at desk and at phone width; the test fails on what the browser complains about."""
    context = await make_context(browser, request.param)
    complaints = Complaints(context)
    yield await context.new_page()
    said = complaints.but(
        422, 404, 429
    )  # what is said while the page closes is no fault of the page
    await context.close()
    assert said == []


@pytest.fixture
async def desk_page(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    """One page at desk width, for what does not depend on it."""
    context = await make_context(browser, "desk")
    opened = await context.new_page()
    await look_at_requests(opened)
    yield opened
    await context.close()


@pytest.fixture
async def plain_page(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    """A browser with scripts switched off."""
    context = await make_context(browser, "desk", java_script_enabled=False)
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def open_map_page(drawing_browser: Browser, live_server: str) -> AsyncIterator[OpenMapPage]:
    """Opens pages of the wanted size that draw maps."""
    opened: list[BrowserContext] = []

    async def open_one(size: str) -> tuple[Page, Listener]:
        context = await make_context(
            drawing_browser,
            size,
            # The map then jumps instead of gliding, and is where it was sent to at once.
            reduced_motion="reduce",
            geolocation={"latitude": 21.03, "longitude": 105.85},
            permissions=["geolocation"],
        )
        opened.append(context)
        return await context.new_page(), Listener(context)

    yield open_one
    for context in opened:
        await context.close()


@pytest.fixture
def hotel_in_the_middle(database: Database, cast: Cast) -> None:
    """The hotel where the ward's map has its middle, a little away from the others."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "UPDATE facility SET point = (SELECT ST_Centroid(ST_Envelope(boundary)) FROM ward "
            "WHERE code = %s) WHERE id = %s",
            [WARD_A, cast.hoa_sen],
        )


@pytest.fixture
def person(live_server: str, cast: Cast) -> Person:
    """Somebody of the cast at the live server."""
    return Person(live_server, cast)
