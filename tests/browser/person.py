"""What people of the cast do in a browser."""

import asyncio
import re

from playwright.async_api import Locator, Page, expect

from asm.demo.cast import Cast
from tests.people import fresh_number

#: What is expected comes in its time: a busy machine is no fault of the page.
PATIENCE_MS = 90_000
#: How a keyboard-wedge scanner types: every key at once, no pause.
SCANNER = 0
_UNTIL_PAINTED = """() => new Promise((painted) =>
  requestAnimationFrame(() => requestAnimationFrame(() => painted())))"""


class Person:
    """Signs in and finds their pages."""

    def __init__(self, address: str, cast: Cast) -> None:
        self.address = address
        self.cast = cast

    async def sign_in(self, page: Page, login: str) -> None:
        """By the form's own address, in the page's browser; the form itself is not drawn."""
        account, door = self.cast.people[login], f"{self.address}/sign-in"
        form = {"login": account.login, "password": account.password}
        shown = await page.context.request.get(door)
        token = re.search(r'name="_csrf_token" value="([^"]+)"', await shown.text())
        assert token is not None
        answer = await page.context.request.post(
            door, form={"_csrf_token": token[1], **form}, max_redirects=0
        )
        assert answer.status == 303, await answer.text()
        await page.goto(self.address + answer.headers["location"])
        await expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()

    async def sign_in_by_hand(self, page: Page, login: str) -> None:
        """Through the form, as anybody."""
        account = self.cast.people[login]
        await page.goto(f"{self.address}/sign-in")
        await page.fill("#login", account.login)
        await page.fill("#password", account.password)
        await follow(page.locator("main button"))
        await expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()

    async def sign_out(self, page: Page) -> None:
        """To the end: another page opened before the answer would break it off."""
        await follow(page.get_by_role("button", name="Đăng xuất"))
        await expect(page.get_by_role("button", name="Đăng xuất")).to_have_count(0)

    async def open_desk(self, page: Page) -> None:
        """Lan's desk, ready to scan."""
        await self.sign_in(page, "lan")
        await expect(page.locator("#card_text")).to_be_focused()
        await painted(page)


async def follow(link: Locator) -> None:
    """Click what leads to another page, and wait until that one is there with its script."""
    async with link.page.expect_navigation():
        await link.click()


async def painted(page: Page) -> None:
    """Until then the browser drops every key, as nobody can see where it would go."""
    # Playwright's own waiting needs `eval` in the page, which our policy forbids.
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(_UNTIL_PAINTED)


async def scan(page: Page, name: str) -> str:
    """Scan a card of `name` at the resting desk; its text, once the desk asks for the room."""
    text = card(name)
    await expect(page.locator("#card_text")).to_be_focused()
    await page.keyboard.insert_text(text)
    await expect(page.locator("#full_name")).to_have_value(name)
    await expect(page.locator("#room")).to_be_focused()
    return text


def card(name: str) -> str:
    """A card that has never been scanned before."""
    return f"{fresh_number()}||{name}|15081990|Nam|Số 1 Phố Thử, Hà Nội|20042021"


async def fill_guest(page: Page, **changes: str) -> None:
    """Type a guest without a card."""
    fields = {
        "room": "103",
        "full_name": "Lê Thị Nháp",
        "birth_date": "27-3-90",
        "document_number": fresh_number(),
        **changes,
    }
    await page.select_option("#document_type", "1")
    for name, value in fields.items():
        await page.fill(f"#{name}", value)
    await page.check("#sex")
