"""A Chromium that draws maps in software, and what is seen on them."""

import asyncio
import io
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from PIL import Image
from playwright.async_api import BrowserContext, Page

from tests.browser.complaints import Complaints
from tests.browser.person import PATIENCE_MS

Colour = tuple[int, int, int]


class Listener(Complaints):
    """What a context asked for and what its pages complained about."""

    def __init__(self, context: BrowserContext) -> None:
        super().__init__(context)
        self.requested: list[str] = []
        context.on("request", lambda request: self.requested.append(request.url))

    def outside(self, address: str) -> list[str]:
        return [url for url in self.requested if not url.startswith(f"{address}/")]


OpenMapPage = Callable[[str], Awaitable[tuple[Page, Listener]]]


async def colours(page: Page) -> Counter[tuple[int, ...]]:
    """How often each colour stands on the map as it is seen."""
    picture = Image.open(io.BytesIO(await page.locator("[data-map]").screenshot()))
    counts = picture.convert("RGB").getcolors(picture.width * picture.height)
    assert counts is not None
    return Counter({colour: count for count, colour in counts if isinstance(colour, tuple)})


async def expect_painted(page: Page, more_than: int, *wanted: Colour) -> None:
    """The map shows `wanted`, together more than so often: it is painted after the page knows what
    will be on it.
    """
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        seen = await colours(page)
        if sum(seen[each] for each in wanted) > more_than:
            return
        assert time.monotonic() < deadline, (wanted, seen.most_common(12))
        await asyncio.sleep(0.2)
