"""A card whose keys come while the answer about the guest before is on its way."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.person import Person, card, fill_guest
from tests.browser.scanner import strike_at_once
from tests.browser.test_access import check
from tests.browser.test_desk_in_haste import answer_held, answer_lost
from tests.browser.test_desk_type_ahead import BANK_CODE, NAMES, rooms

#: Keys of the card that were struck when the answer came; five in a row tell a machine.
AMID = (1, 4, 5, 20, 999)


async def test_the_reading_of_another_is_answered_amid_a_card(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    room, expected = desk_page.locator("#room"), {}
    for turn, struck in enumerate(AMID):
        names = [f"Phan Thị {NAMES[turn]}", f"Lê Văn {NAMES[turn]}"]
        second = card(names[1])
        async with answer_held(desk_page, "**/scan") as reached:
            await strike_at_once(desk_page, card(names[0]) + "\n")
            await reached.wait()
            await strike_at_once(desk_page, second[:struck])
        await expect(desk_page.locator("#full_name")).to_have_value(names[0])
        await strike_at_once(desk_page, second[struck:] + "\n", goes_on=True)
        await expect(desk_page.locator("#card_text")).to_have_value(second)
        expected |= await give_rooms(desk_page, names, 10 + turn)
    await expect(room).to_have_value("2114")
    assert await rooms(client, person) == expected


async def test_the_sending_of_another_is_answered_amid_a_card(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    expected = {}
    for turn, struck in enumerate(AMID):
        names = [f"Phan Thị {NAMES[turn]}", f"Lê Văn {NAMES[turn]}"]
        second = card(names[1])
        await strike_at_once(desk_page, card(names[0]) + "\n")
        async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as reached:
            expected |= await give_rooms(desk_page, names[:1], 10 + turn)
            await reached.wait()
            await strike_at_once(desk_page, second[:struck])
        await expect(desk_page.locator("tbody.group", has_text=names[0])).to_have_count(1)
        await strike_at_once(desk_page, second[struck:] + "\n", goes_on=True)
        expected |= await give_rooms(desk_page, names[1:], 30 + turn)
        await expect(desk_page.locator("tbody.group", has_text=names[1])).to_have_count(1)
    assert await rooms(client, person) == expected


async def give_rooms(page: Page, names: list[str], number: int) -> dict[str, str]:
    """Who comes into the form in turn, and the room that is typed for them and sent."""
    given = {}
    for floor, name in enumerate(names, 1):
        given[name] = f"{floor}1{number}"
        await expect(page.locator("#full_name")).to_have_value(name)
        await expect(page.locator("#room")).to_be_focused()
        await page.keyboard.type(given[name])
        await expect(page.locator("#room")).to_have_value(given[name])
        await page.keyboard.press("Enter")
    return given


@pytest.mark.parametrize("struck", [3, 20])
async def test_the_turn_of_a_waiting_card_comes_amid_the_next(
    struck: int, desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    third, name = card("Vũ Văn Ba"), desk_page.locator("#full_name")
    await strike_at_once(desk_page, card("Phan Thị Một") + "\n")
    await expect(name).to_have_value("Phan Thị Một")
    await desk_page.keyboard.type("1205")
    async with answer_held(desk_page, f"**/desk/{person.cast.hoa_sen}") as reached:
        await desk_page.keyboard.press("Enter")
        await reached.wait()
        await strike_at_once(desk_page, card("Lê Văn Hai") + "\n")
        await strike_at_once(desk_page, third[:struck])
    await expect(name).to_have_value("Lê Văn Hai")
    await strike_at_once(desk_page, third[struck:] + "\n", goes_on=True)
    expected = await give_rooms(desk_page, ["Lê Văn Hai", "Vũ Văn Ba"], 20)
    await expect(desk_page.locator("tbody.group")).to_have_count(3)
    assert await rooms(client, person) == expected | {"Phan Thị Một": "1205"}


@pytest.mark.parametrize("struck", [5, 999])
async def test_the_reading_of_another_is_refused_amid_a_card(
    struck: int, desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    second, box = card("Lê Văn Hai"), desk_page.locator("#card_text")
    async with answer_held(desk_page, "**/scan") as reached:
        await strike_at_once(desk_page, f"{BANK_CODE}\n")
        await reached.wait()
        await strike_at_once(desk_page, second[:struck])
    summary = desk_page.locator(".error-summary")
    await expect(summary).to_contain_text("chuyển tiền")
    await strike_at_once(desk_page, second[struck:] + "\n", goes_on=True)
    await expect(summary).to_be_focused()
    await expect(box).to_have_value(BANK_CODE)
    await fill_guest(desk_page)  # by hand, since the code was none
    await desk_page.press("#full_name", "Enter")
    await expect(desk_page.locator("#full_name")).to_have_value("Lê Văn Hai")
    await expect(desk_page.locator("tbody.group")).to_contain_text("Lê Thị Nháp")


@pytest.mark.parametrize("struck", [20, 999])
async def test_the_reading_of_another_is_lost_amid_a_card(
    struck: int, desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    first, second = card("Phan Thị Một"), card("Lê Văn Hai")
    async with answer_lost(desk_page, "**/scan") as reached:
        await strike_at_once(desk_page, first + "\n")
        await reached.wait()
        await strike_at_once(desk_page, second[:struck])
    await expect(desk_page.locator("#unsent")).to_contain_text("Chưa đọc được giấy tờ")
    await strike_at_once(desk_page, second[struck:] + "\n", goes_on=True)
    await expect(desk_page.locator("#card_text")).to_have_value(first)
    await desk_page.get_by_role("button", name="Đọc mã", exact=True).click()
    for given, room in (("Phan Thị Một", "1205"), ("Lê Văn Hai", "1206")):
        await expect(desk_page.locator("#full_name")).to_have_value(given)
        await desk_page.fill("#room", room)
        await desk_page.press("#room", "Enter")
    await expect(desk_page.locator("tbody.group")).to_have_count(2)
    assert await rooms(client, person) == {"Phan Thị Một": "1205", "Lê Văn Hai": "1206"}


async def test_a_scan_that_begins_haltingly_is_whole(desk_page: Page, person: Person) -> None:
    """Of its keys the first come too far apart for a machine's, and land in the room."""
    await person.open_desk(desk_page)
    for turn, halting in enumerate((1, 6, 30)):
        name, text = f"Lê Văn {NAMES[turn]}", card(f"Lê Văn {NAMES[turn]}")
        await desk_page.locator("#room").fill("1205")
        await strike_at_once(desk_page, text[:halting], apart_ms=60)
        await strike_at_once(desk_page, text[halting:] + "\n", goes_on=True)
        await expect(desk_page.locator("#full_name")).to_have_value(name)
        await expect(desk_page.locator("#room")).to_have_value("1205")
        await desk_page.press("#room", "Enter")
        await expect(desk_page.locator("tbody.group", has_text=name)).to_contain_text("1205")


async def test_a_refused_code_is_no_part_of_the_next_scan(desk_page: Page, person: Person) -> None:
    """It leaves the box with the guest who was typed by hand instead."""
    await person.open_desk(desk_page)
    await strike_at_once(desk_page, f"{BANK_CODE}\n")
    await expect(desk_page.locator(".error-summary")).to_be_focused()
    await fill_guest(desk_page)
    await desk_page.press("#full_name", "Enter")
    await expect(desk_page.locator("#card_text")).to_be_focused()
    await strike_at_once(desk_page, card("Lê Văn Hai") + "\n")
    await expect(desk_page.locator("#full_name")).to_have_value("Lê Văn Hai")


async def test_one_card_scanned_twice_while_it_is_read_is_one_guest(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    text = card("Phan Thị Một")
    async with answer_held(desk_page, "**/scan") as reached:
        await strike_at_once(desk_page, text + "\n")
        await reached.wait()
        await strike_at_once(desk_page, text + "\n")
    await expect(desk_page.locator("#full_name")).to_have_value("Phan Thị Một")
    await expect(desk_page.locator("#room")).to_be_focused()
    await desk_page.keyboard.type("1205")
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator(".sent")).to_contain_text("LT-")
    await expect(desk_page.locator("#full_name")).to_have_value("")
    await expect(desk_page.locator("#card_text")).to_be_focused()


async def test_a_guest_whom_another_card_replaces_is_named_and_comes_back(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    name, room = desk_page.locator("#full_name"), desk_page.locator("#room")
    await strike_at_once(desk_page, card("Phan Thị Một") + "\n")
    await expect(name).to_have_value("Phan Thị Một")
    await desk_page.keyboard.type("1205")  # and Enter is forgotten
    await desk_page.fill("#nights", "3")
    await strike_at_once(desk_page, card("Lê Văn Hai") + "\n")
    await expect(name).to_have_value("Lê Văn Hai")
    frame = desk_page.locator("[data-number]")
    await expect(frame).to_contain_text("Chưa gửi: Phan Thị Một, phòng 1205")
    await expect(room).to_have_value("")
    await expect(desk_page.locator("#nights")).to_have_value("1")
    await check(desk_page)
    await desk_page.keyboard.type("1206")
    await frame.get_by_role("button", name="Lấy lại khách này").click()
    await expect(frame).to_contain_text("Chưa gửi: Lê Văn Hai, phòng 1206")
    await expect(name).to_have_value("Phan Thị Một")
    await expect(desk_page.locator("#nights")).to_have_value("3")
    await expect(room).to_have_value("1205")
    await room.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_contain_text("Phan Thị Một")
    await frame.get_by_role("button", name="Lấy lại khách này").click()
    await expect(frame).to_have_count(0)
    await expect(name).to_have_value("Lê Văn Hai")
    await expect(desk_page.locator("[name=sex][value=male]")).to_be_checked()
    await room.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_have_count(2)
    assert await rooms(client, person) == {"Phan Thị Một": "1205", "Lê Văn Hai": "1206"}


async def test_a_party_shares_the_room_of_whom_it_replaced(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    name, room = desk_page.locator("#full_name"), desk_page.locator("#room")
    frame = desk_page.locator("[data-number]")
    first = card("Phan Thị Một")
    await strike_at_once(desk_page, first + "\n")
    await expect(name).to_have_value("Phan Thị Một")
    await desk_page.keyboard.type("1205")
    await strike_at_once(desk_page, first + "\n")  # the same card is no other guest
    await expect(desk_page.locator("[aria-busy]")).to_have_count(0)
    await strike_at_once(desk_page, card("Lê Văn Hai") + "\n")
    await expect(frame).to_have_count(1)
    await frame.get_by_role("button", name="Khách mới cũng ở phòng này").click()
    await expect(room).to_have_value("1205")
    await room.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_contain_text("1205")
    await strike_at_once(desk_page, first + "\n")  # who is scanned again is missing no more
    await expect(name).to_have_value("Phan Thị Một")
    await expect(frame).to_have_count(0)


async def test_a_paper_that_cannot_be_read_replaces_nobody(
    desk_page: Page, person: Person, client: httpx.AsyncClient
) -> None:
    await person.open_desk(desk_page)
    name, room = desk_page.locator("#full_name"), desk_page.locator("#room")
    await strike_at_once(desk_page, card("Phan Thị Một") + "\n")
    await expect(name).to_have_value("Phan Thị Một")
    await desk_page.keyboard.type("1205")
    await strike_at_once(desk_page, f"{BANK_CODE}\n")
    await expect(desk_page.locator(".error-summary")).to_be_focused()
    await expect(name).to_have_value("Phan Thị Một")
    await expect(room).to_have_value("1205")
    await expect(desk_page.locator("[data-number]")).to_have_count(0)
    await room.press("Enter")
    await expect(desk_page.locator("tbody.group")).to_contain_text("1205")
    assert await rooms(client, person) == {"Phan Thị Một": "1205"}
