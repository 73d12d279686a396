"""What people of the cast do in a browser."""

from playwright.async_api import Page

from asm.seed import Cast
from tests.people import fresh_number

#: How a keyboard-wedge scanner types: every key at once, no pause.
SCANNER = 0


class Person:
    """Signs in and finds their pages."""

    def __init__(self, address: str, cast: Cast) -> None:
        self.address = address
        self.cast = cast

    async def sign_in(self, page: Page, login: str) -> None:
        """Through the form, as anybody."""
        told = self.cast.people[login]
        await page.goto(f"{self.address}/sign-in")
        await page.fill("#login", told.login)
        await page.fill("#password", told.password)
        await page.click("main button")
        await page.wait_for_load_state()

    async def open_desk(self, page: Page) -> None:
        """Lan's desk, ready to scan."""
        await self.sign_in(page, "lan")
        await page.wait_for_selector("#card_text")


def card(name: str) -> str:
    """A card that has never been scanned before."""
    return f"{fresh_number()}||{name}|15081990|Nam|Số 1 Phố Thử, Hà Nội|20042021"


async def focused(page: Page) -> str:
    """The id of the element that has the focus."""
    return str(await page.evaluate("document.activeElement.id"))


async def fill_guest(page: Page, **changes: str) -> None:
    """Type a guest without a card."""
    told = {
        "room": "103",
        "full_name": "Lê Thị Nháp",
        "birth_date": "27-3-90",
        "document_number": fresh_number(),
        **changes,
    }
    await page.select_option("#document_type", "1")
    for name, value in told.items():
        await page.fill(f"#{name}", value)
    await page.check("#sex")
