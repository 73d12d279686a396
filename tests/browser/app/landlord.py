"""Hải's thumb: what he taps and types on the pages, and how often."""

import asyncio
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.app.phone import LandlordPhone
from tests.browser.person import PATIENCE_MS
from tests.browser.test_access import check

NUMBER = "048191004527"


class Thumb:
    """Counts taps; letters and digits that are typed, on whatever keys, are none."""

    def __init__(self, phone: LandlordPhone) -> None:
        self.phone, self.page, self.taps = phone, phone.page, 0

    async def tap(self, target: Locator) -> None:
        await target.click()
        self.taps += 1

    async def button(self, name: str) -> None:
        await self.tap(self.page.get_by_role("button", name=name, exact=True))

    async def link(self, name: str) -> None:
        await self.tap(self.page.get_by_role("link", name=name))

    async def digits(self, number: str) -> None:
        for digit in number:
            await self.page.get_by_role("button", name=digit, exact=True).click()

    async def until(self, script: str, wanted: Any) -> None:
        """Until a function of the page, which is given the house, gives this."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while await self.page.evaluate(script, self.phone.house) != wanted:
                await self.page.wait_for_timeout(20)

    async def heading(self, text: str) -> None:
        """The page is there, its heading has the focus unless a field wants it."""
        await expect(self.page.get_by_role("heading", name=text, level=1)).to_be_visible()

    async def look(self) -> None:
        """No finding of axe that weighs, nothing wider than the window, targets for a thumb."""
        await self.page.evaluate("document.getAnimations().forEach((fading) => fading.finish())")
        await check(self.page)

    async def write_name(self, name: str) -> None:
        """Where the focus waits for it."""
        await expect(self.page.get_by_label("Họ và tên như trên giấy")).to_be_focused()
        await self.page.keyboard.type(name)

    async def declare(self, name: str, birth: str, room: str, *, number: str = NUMBER) -> None:
        """A guest with a card, from the first page to the record."""
        await self.link("Thêm khách")
        await self.digits(number)
        await self.button("Tiếp")
        await self.write_name(name)
        await self.page.keyboard.press("Enter")
        await self.page.keyboard.type(birth)
        await self.button("Tiếp")
        await self.page.get_by_label("Phòng").fill(room)
        await self.button("Tiếp")
        await self.heading("Xem lại rồi gửi")
        await self.button("Gửi")
