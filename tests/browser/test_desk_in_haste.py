"""A desk whose people are quicker than its line."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import Page, Route, expect

from tests.browser.person import PATIENCE_MS, Person, card, fill_guest, painted, scan


async def test_what_is_typed_before_the_script_is_there_is_kept(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    box, name = desk_page.locator("#card_text"), desk_page.locator("#full_name")
    async with script_held(desk_page):
        await desk_page.goto(desk_page.url, wait_until="commit")
        await name.focus()
        await painted(desk_page)
        await desk_page.keyboard.type("Vũ Thị ")
    await desk_page.wait_for_load_state()
    await desk_page.keyboard.type("Nhanh")
    await expect(name).to_have_value("Vũ Thị Nhanh")
    async with script_held(desk_page):
        await desk_page.goto(desk_page.url, wait_until="commit")
        await expect(box).to_be_focused()
        await painted(desk_page)
        await desk_page.keyboard.insert_text(card("Mai Quét Sớm"))
    await expect(name).to_have_value("Mai Quét Sớm")


@asynccontextmanager
async def script_held(page: Page) -> AsyncIterator[None]:
    """The desk's script does not arrive before the block ends, on however quick a line."""
    wanted, scripts = asyncio.Event(), "**/static/assets/desk-*.js"

    async def hold(route: Route) -> None:
        await wanted.wait()
        await route.continue_()

    await page.route(scripts, hold)
    yield
    wanted.set()
    await page.wait_for_load_state()
    await page.unroute(scripts)


async def test_a_card_scanned_while_the_server_answers_is_read_next(
    desk_page: Page, person: Person
) -> None:
    """A slow line, and somebody who does not wait for it."""
    await person.open_desk(desk_page)
    await scan(desk_page, "Nguyễn Văn Mẫu")
    await desk_page.keyboard.type("104")
    async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as sent:
        await desk_page.keyboard.press("Enter")
        await sent.wait()
        await desk_page.focus("#card_text")
        await desk_page.keyboard.insert_text(card("Trần Thị Thử"))
        await desk_page.keyboard.press("Enter")
        await expect(desk_page.locator("#full_name")).to_have_value("Nguyễn Văn Mẫu")
    await expect(desk_page.locator("tbody.group")).to_contain_text("Nguyễn Văn Mẫu")
    await expect(desk_page.locator("#full_name")).to_have_value("Trần Thị Thử")
    await expect(desk_page.locator("#room")).to_be_focused()
    first = desk_page.locator(".sent")
    await expect(first).to_contain_text("LT-")  # still there: nobody had seen it
    number = re.search(r"LT-[\w-]+", await first.inner_text())
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_have_count(2)
    assert number is not None
    await expect(desk_page.locator(".sent")).to_have_count(1)
    await expect(desk_page.locator(".sent")).not_to_contain_text(number[0])


async def test_of_two_cards_in_a_row_the_second_waits_for_the_first_to_be_sent(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    second = card("Trần Thị Thử")
    async with answer_held(desk_page, "**/scan") as sent:
        await desk_page.keyboard.insert_text(card("Nguyễn Văn Mẫu"))
        await sent.wait()
        await desk_page.keyboard.insert_text(second)
    await expect(desk_page.locator("#full_name")).to_have_value("Nguyễn Văn Mẫu")
    await expect(desk_page.locator("#card_text")).to_have_value(second)
    await expect(desk_page.locator("#room")).to_be_focused()
    await desk_page.keyboard.type("104")
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("#full_name")).to_have_value("Trần Thị Thử")
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_have_count(2)


async def test_a_refused_guest_is_repaired_before_the_next_card_is_read(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    await fill_guest(desk_page, birth_date="31/2/1990")
    async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as sent:
        await desk_page.press("#full_name", "Enter")
        await sent.wait()
        await desk_page.fill("#card_text", card("Trần Thị Thử"))
    await expect(desk_page.locator(".error-summary")).to_be_focused()
    await expect(desk_page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    await desk_page.fill("#birth_date", "27/3/1990")
    await desk_page.press("#birth_date", "Enter")
    await expect(desk_page.locator("tbody.group")).to_contain_text("Lê Thị Nháp")
    await expect(desk_page.locator("#full_name")).to_have_value("Trần Thị Thử")


async def test_what_is_typed_while_a_card_is_read_goes_on_in_the_filled_form(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    room, name = desk_page.locator("#room"), desk_page.locator("#full_name")
    async with answer_held(desk_page, "**/scan") as sent:
        await desk_page.keyboard.insert_text(card("Nguyễn Văn Mẫu"))
        await sent.wait()
        await desk_page.fill("#nights", "3")
        await desk_page.fill("#full_name", "Người Gõ Tay")
        await room.focus()
        await desk_page.keyboard.type("10")
    await expect(name).to_have_value("Nguyễn Văn Mẫu")  # the card knows better
    await expect(room).to_be_focused()
    await desk_page.keyboard.type("4")
    await expect(room).to_have_value("104")
    await expect(desk_page.locator("#nights")).to_have_value("3")
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_contain_text("104")


async def test_a_guest_who_is_being_sent_is_not_typed_over(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    name = desk_page.locator("#full_name")
    await fill_guest(desk_page, birth_date="31/2/1990")
    async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as sent:
        await name.press("Enter")
        await sent.wait()
        await desk_page.keyboard.type("Người Kế Tiếp")
        await expect(name).to_have_value("Lê Thị Nháp")
        await expect(name).not_to_be_editable()
    await expect(desk_page.locator(".error-summary")).to_be_focused()
    await expect(name).to_have_value("Lê Thị Nháp")
    await expect(name).to_be_editable()


class _Sent(asyncio.Event):
    async def wait(self) -> Literal[True]:
        """Raises TimeoutError for what never comes, as `expect` does: a lost key hangs nothing."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            return await super().wait()


@asynccontextmanager
async def answer_held(page: Page, address: str) -> AsyncIterator[asyncio.Event]:
    """What is sent to `address` is not answered before the block ends; set when it was sent."""
    async with _gate(page, address, Route.continue_) as sent:
        yield sent


@asynccontextmanager
async def answer_lost(page: Page, address: str) -> AsyncIterator[asyncio.Event]:
    """The same, and the answer never comes: at the block's end the line is found broken."""
    async with _gate(page, address, Route.abort) as sent:
        yield sent


@asynccontextmanager
async def _gate(
    page: Page, address: str, then: Callable[[Route], Awaitable[None]]
) -> AsyncIterator[asyncio.Event]:
    sent, wanted = _Sent(), asyncio.Event()

    async def hold(route: Route) -> None:
        sent.set()
        await wanted.wait()
        await then(route)

    await page.route(address, hold, times=1)
    yield sent
    wanted.set()
