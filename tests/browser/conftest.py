"""A real Chromium against the application served by uvicorn."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from asm.seed import Cast
from tests.browser.person import Person

#: A browser that talks to nobody but the page's own server.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
#: What is expected comes in its time: a busy machine is no fault of the page.
expect.set_options(timeout=60_000)
SIZES = {"desk": (1280, 900), "phone": (360, 740)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        yield opened
        await opened.close()


async def _context(browser: Browser, size: str, *, scripts: bool = True) -> BrowserContext:
    width, height = SIZES[size]
    return await browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=scripts, locale="vi-VN"
    )


# Every page asks for the live server, so that it is closed before the server is: what a page
# still asks for (a picture, the inbox's events) never meets a closed port.
@pytest.fixture(params=SIZES)
async def page(
    browser: Browser, live_server: str, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page at desk and at phone width; the test fails on what the browser complains about."""
    context = await _context(browser, request.param)
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield opened
    told = list(complaints)  # what is said while the page closes is no fault of the page
    await context.close()
    # A refused form is an answer like another, though the browser calls it an error.
    assert [c for c in told if "422" not in c and "404" not in c] == []


@pytest.fixture
async def desk_page(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    """One page at desk width, for what does not depend on it."""
    context = await _context(browser, "desk")
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def plain_page(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    """A browser with scripts switched off."""
    context = await _context(browser, "desk", scripts=False)
    yield await context.new_page()
    await context.close()


@pytest.fixture
def person(live_server: str, cast: Cast) -> Person:
    """Somebody of the cast at the live server."""
    return Person(live_server, cast)
