"""What is typed behind a scan before the server has read it: the room, Enter, the next card."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.keys import BRISK, EASY, strike
from tests.browser.person import Person, card, follow
from tests.browser.test_desk_in_haste import answer_held
from tests.people import sign_in, stays_of
from tests.web.test_papers import PASSPORT

#: What a scanner sends behind the code; the newer card's code itself ends with four bars.
SUFFIXES: Final = ("", "\n", "\t", "||||\n")
#: How soon and how quickly the room follows.
PACES: Final = (0.0, BRISK, EASY)
NAMES: Final = ("An", "Ba", "Chi", "Duy", "Em", "Giang", "Hà", "Kim", "Lam", "Mai", "Nga", "Oanh")
BANK_CODE: Final = "00020101021138570010A00000072"


@pytest.mark.parametrize("latency_ms", [0, 200, 600])
async def test_a_room_typed_behind_a_scan_is_the_rooms_whole(
    latency_ms: int, desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    expected = {}
    async with line_of(desk_page, latency_ms):
        for turn, given in enumerate(NAMES):
            name, room = f"Trần Thị {given}", f"12{turn + 5:02}"
            await expect(desk_page.locator("#card_text")).to_be_focused()
            await strike(desk_page, card(name) + SUFFIXES[turn % 4])
            await strike(desk_page, room, PACES[turn // 4])
            await expect(desk_page.locator("#full_name")).to_have_value(name)
            await expect(desk_page.locator("#room")).to_have_value(room)
            await expect(desk_page.locator("#room")).to_be_focused()
            await strike(desk_page, "\n", EASY)
            await expect(desk_page.locator("tbody.group", has_text=name)).to_contain_text(room)
            expected[name] = room
    assert await rooms(client, person) == expected


@pytest.mark.parametrize("latency_ms", [0, 200, 600])
async def test_enter_typed_ahead_waits_for_the_reading_and_sends_once(
    latency_ms: int, desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    sent = posts(desk_page, f"/desk/{person.cast.hoa_sen}")
    expected = {}
    async with line_of(desk_page, latency_ms):
        for turn, given in enumerate(NAMES):
            name, room = f"Lê Thị {given}", f"12{turn + 5:02}"
            await expect(desk_page.locator("#card_text")).to_be_focused()
            await strike(desk_page, card(name) + SUFFIXES[turn % 4])
            await strike(desk_page, room + "\n", PACES[turn // 4])
            await expect(desk_page.locator("tbody.group", has_text=name)).to_contain_text(room)
            expected[name] = room
    assert await rooms(client, person) == expected
    assert len(sent) == len(NAMES)


async def test_three_guests_typed_before_the_first_is_read(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    """A line that answers nothing for as long as somebody works on."""
    await person.open_desk(desk_page)
    async with answer_held(desk_page, "**/scan") as reached:
        for name, room in (("Ngô Văn Một", "1205"), ("Ngô Văn Hai", "1206"), ("Ngô Văn Ba", "")):
            await strike(desk_page, card(name) + "\n")
            await strike(desk_page, room + "\n", BRISK)
        await reached.wait()
    await expect(desk_page.locator("tbody.group", has_text="Ngô Văn Ba")).to_contain_text("1206")
    assert await rooms(client, person) == {
        "Ngô Văn Một": "1205",
        "Ngô Văn Hai": "1206",
        "Ngô Văn Ba": "1206",  # nothing typed: a family keeps the room
    }


async def test_a_guest_typed_while_another_is_sent_gets_a_room_of_their_own(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    await strike(desk_page, card("Vũ Văn Một"))
    await strike(desk_page, "1205", BRISK)
    await expect(desk_page.locator("#full_name")).to_have_value("Vũ Văn Một")
    async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as reached:
        await strike(desk_page, "\n", EASY)
        await reached.wait()
        await strike(desk_page, card("Vũ Văn Hai"))
        await strike(desk_page, "1206\n", EASY)
        await expect(desk_page.locator("#room")).to_have_value("1205")
    await expect(desk_page.locator("tbody.group", has_text="Vũ Văn Hai")).to_contain_text("1206")
    assert await rooms(client, person) == {"Vũ Văn Một": "1205", "Vũ Văn Hai": "1206"}


async def test_a_family_keeps_room_and_nights(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    async with line_of(desk_page, 200):
        await strike(desk_page, card("Đỗ Văn Cha"))
        await strike(desk_page, "1205\t", BRISK)
        await strike(desk_page, "3", BRISK)
        await expect(desk_page.locator("#full_name")).to_have_value("Đỗ Văn Cha")
        await expect(desk_page.locator("#nights")).to_have_value("3")
        await strike(desk_page, "\n", EASY)
        for name in ("Đỗ Thị Mẹ", "Đỗ Thị Con"):
            await expect(desk_page.locator("#card_text")).to_be_focused()
            await strike(desk_page, card(name) + "\n")
            await expect(desk_page.locator("#full_name")).to_have_value(name)
            await strike(desk_page, "\n", EASY)
            await expect(desk_page.locator("tbody.group", has_text=name)).to_contain_text("1205")
    assert set((await rooms(client, person)).values()) == {"1205"}
    assert len({stay["planned_departure_at"] for stay in await stays(client, person)}) == 1


async def test_a_scan_that_lands_in_the_room_leaves_it_as_it_was(
    desk_page: Page, person: Person
) -> None:
    """Of a scanner, and of one too slow for a machine."""
    await person.open_desk(desk_page)
    room = desk_page.locator("#room")
    await room.fill("1205")
    for name, pace in (("Bùi Thị Nhanh", 0), ("Bùi Thị Chậm", 0.02)):
        await room.press("End")
        await strike(desk_page, card(name) + "\n", pace)
        await expect(desk_page.locator("#full_name")).to_have_value(name)
        await expect(room).to_have_value("1205")
        await expect(room).to_be_focused()
        await room.press("Enter")
        await expect(desk_page.locator("tbody.group", has_text=name)).to_contain_text("1205")


@pytest.mark.parametrize("closing", ["\n", "\t", "||||\n"])
async def test_a_scanners_own_closing_keys_send_nothing(
    closing: str, desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    sent = posts(desk_page, f"/desk/{person.cast.hoa_sen}")
    room = desk_page.locator("#room")
    await desk_page.evaluate(
        "addEventListener('keydown', (event) => (window.lastKey = event.timeStamp), true)"
    )
    await strike(desk_page, card("Hồ Thị Muộn"))
    await expect(room).to_be_focused()
    # As long behind the last letter as a slow scanner takes, not the machine of the test.
    for letter in closing:
        prevented = await desk_page.evaluate(
            """(key) => {
              const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
              Object.defineProperty(event, "timeStamp", { value: window.lastKey + 150 });
              return !document.activeElement.dispatchEvent(event);
            }""",
            {"\n": "Enter", "\t": "Tab"}.get(letter, letter),
        )
        assert prevented, letter
    assert sent == []


async def test_a_readers_enter_after_each_line_of_a_zone(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    reads = posts(desk_page, f"/desk/{person.cast.hoa_sen}/scan")
    await strike(desk_page, "".join(f"{line}\n" for line in PASSPORT))
    await strike(desk_page, "1205\n", BRISK)
    await expect(desk_page.locator("#full_name")).to_have_value("MUSTERMANN ERIKA")
    await expect(desk_page.locator("#room")).to_have_value("1205")
    # No check digit covers the name: Enter struck before it could be seen sends nothing.
    await expect(desk_page.locator("#desk-notes")).to_contain_text("họ tên")
    await expect(desk_page.locator("#name_confirmed")).not_to_be_checked()
    await expect(desk_page.locator("#room")).to_be_editable()
    assert len(reads) == 1
    assert await desk_page.locator("tbody.group").count() == 0


async def test_a_refused_reading_keeps_the_room_and_sends_nothing(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    sent = posts(desk_page, f"/desk/{person.cast.hoa_sen}")
    async with answer_held(desk_page, "**/scan") as reached:
        await strike(desk_page, f"{BANK_CODE}\n")
        await reached.wait()
        await strike(desk_page, "1205\n", BRISK)
    await expect(desk_page.locator(".error-summary")).to_contain_text("chuyển tiền")
    await expect(desk_page.locator("#card_text")).to_have_value(BANK_CODE)
    await expect(desk_page.locator("#card_text")).to_have_attribute("aria-invalid", "true")
    await expect(desk_page.locator("#room")).to_have_value("1205")
    await expect(desk_page.locator("#room")).to_be_editable()
    await strike(desk_page, card("Phan Thị Lại"))
    await expect(desk_page.locator("#full_name")).to_have_value("Phan Thị Lại")
    await expect(desk_page.locator("#room")).to_have_value("1205")
    assert sent == []


async def test_a_reading_that_the_network_lost_is_there_to_be_read_again(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    text = card("Đinh Thị Mạng")
    await desk_page.route("**/scan", lambda route: route.abort(), times=2)
    await strike(desk_page, text)
    await expect(desk_page.locator("#unsent")).to_contain_text("Đọc mã")
    await expect(desk_page.locator("#card_text")).to_have_value(text)
    await desk_page.locator("#room").focus()
    await strike(desk_page, "1205\n", BRISK)  # reads again first, and sends no empty form
    await expect(desk_page.locator("#card_text")).to_have_value(text)
    await expect(desk_page.locator("#room")).to_have_value("1205")
    await expect(desk_page.locator("#room")).to_be_editable()
    await desk_page.get_by_role("button", name="Đọc mã", exact=True).click()
    await expect(desk_page.locator("#full_name")).to_have_value("Đinh Thị Mạng")
    await expect(desk_page.locator("#unsent")).to_be_hidden()
    await expect(desk_page.locator("#room")).to_have_value("1205")
    await desk_page.press("#room", "Enter")
    await expect(desk_page.locator(".sent")).to_contain_text("LT-")
    assert await rooms(client, person) == {"Đinh Thị Mạng": "1205"}


async def test_without_scripts_a_scan_keeps_everything_typed(
    plain_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.sign_in(plain_page, "lan")
    typed = {"room": "1205", "nights": "4", "phone": "0912345678", "note": "giường phụ"}
    await plain_page.click("text=Giờ đến, lý do")
    await plain_page.click("text=Thêm: nơi cư trú")
    for name, value in typed.items():
        await plain_page.fill(f"#{name}", value)
    await plain_page.select_option("#reason", index=2)
    reason = await plain_page.input_value("#reason")
    await plain_page.fill("#card_text", card("Tạ Thị Giấy"))
    async with plain_page.expect_navigation():
        await plain_page.press("#card_text", "Enter")  # as a scanner would
    await expect(plain_page.locator("#full_name")).to_have_value("Tạ Thị Giấy")
    for name, value in typed.items() | {("reason", reason)}:
        await expect(plain_page.locator(f"#{name}")).to_have_value(value)
    async with plain_page.expect_navigation():
        await plain_page.press("#room", "Enter")
    await expect(plain_page.locator(".sent")).to_contain_text("LT-")
    (stay,) = await stays(client, person)
    assert stay["room"] == "1205"
    await follow(plain_page.locator("tbody.group").get_by_role("link", name="Tạ Thị Giấy").first)
    await expect(plain_page.locator("main")).to_contain_text("giường phụ")


@asynccontextmanager
async def line_of(page: Page, latency_ms: int) -> AsyncIterator[None]:
    """Answers to what the desk sends take so long."""

    async def wait(route: Route) -> None:
        await asyncio.sleep(latency_ms / 1_000)
        await route.continue_()

    await page.route("**/desk/**", wait)
    yield
    await page.unroute("**/desk/**")


def posts(page: Page, path: str) -> list[str]:
    """Grows by each thing that is sent to `path`."""
    seen: list[str] = []

    def look(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(path):
            seen.append(request.url)

    page.on("request", look)
    return seen


async def stays(client: httpx.AsyncClient, person: Person) -> list[dict[str, object]]:
    headers = await sign_in(client, person.cast, "lan")
    answer = await client.get(stays_of(person.cast), headers=headers)
    assert answer.status_code == 200, answer.text
    seen: list[dict[str, object]] = answer.json()["stays"]
    return seen


async def rooms(client: httpx.AsyncClient, person: Person) -> dict[str, str]:
    """Who is stored in which room, as the API has it."""
    return {
        str(stay["guest"]["full_name"]): str(stay["room"])  # type: ignore[index]
        for stay in await stays(client, person)
    }
