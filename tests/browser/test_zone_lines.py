"""What readers type besides the letters: an Enter after each line of a zone, Tab for a bar."""

from playwright.async_api import Page, expect

from benchmarks.synthetic_passports import invented_mrz
from tests.browser.person import Person, card, fill_guest
from tests.browser.scanner import strike_at_once

#: Milliseconds between the keys of a person.
SLOW = 100


async def test_both_lines_arrive_whatever_the_enter_between_them(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    lines = invented_mrz(7)
    await strike_at_once(desk_page, "".join(f"{line}\n" for line in lines))
    await expect(desk_page.locator("#document_number")).to_have_value(lines[1][:9].rstrip("<"))
    await expect(desk_page.locator("#name_confirmed")).to_be_visible()
    await expect(desk_page.locator(".error-summary")).to_have_count(0)


async def test_a_card_whose_bars_arrive_as_tabs_stays_in_the_box(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    typed = "001190000771\t\tTran Thi Mau\t15081990\tNu\tTo 5, Ha Noi\t20042021"
    # As keys, all in one burst, as far apart as they say however long the page takes over each.
    await desk_page.evaluate(
        """(text) => {
          const box = document.querySelector("[data-scan]");
          const put = (key) => box.setRangeText(key, box.value.length, box.value.length, "end");
          let struckAt = performance.now();
          for (const sign of text) {
            const key = sign === "\\t" ? "Tab" : sign;
            const press = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
            Object.defineProperty(press, "timeStamp", {value: (struckAt += 2)});
            if (box.dispatchEvent(press) && key !== "Tab") put(key);
          }
        }""",
        typed,
    )
    await expect(desk_page.locator("#card_text")).to_have_value(typed)
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("#full_name")).to_have_value("Tran Thi Mau")
    await expect(desk_page.get_by_text("Dấu | đến thành Tab")).to_be_visible()


async def test_a_person_leaves_the_box_by_tab(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    await desk_page.locator("#card_text").fill("001190000771")
    await desk_page.keyboard.press("Tab")
    await expect(desk_page.locator("#card_text")).not_to_be_focused()
    await expect(desk_page.locator("#card_text")).to_have_value("001190000771")


async def test_a_person_who_asks_again_is_told_what_is_missing(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    first, second = invented_mrz(8)
    # As slowly as no reader types: what is quicker is read by itself after a moment.
    await strike_at_once(desk_page, f"{first}\n", apart_ms=SLOW)
    await expect(desk_page.locator("#card_text")).to_have_value(f"{first} ")
    await strike_at_once(desk_page, "\n", goes_on=True, apart_ms=SLOW)
    await expect(desk_page.get_by_text("Mới nhận được một phần")).to_be_visible()
    await expect(desk_page.locator("#card_text")).to_have_value("")
    await expect(desk_page.locator("#card_text")).to_be_focused()
    await strike_at_once(desk_page, f"{second}\n", goes_on=True)
    await expect(desk_page.locator("#document_number")).to_have_value(second[:9].rstrip("<"))


async def test_a_doubted_name_is_used_by_its_button_and_the_box_rests_again(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    doubted = card("Trần Thị Vaăn")
    await desk_page.keyboard.insert_text(doubted)
    button = desk_page.get_by_role("button", name="Đúng như trên thẻ")
    await expect(button).to_contain_text("Trần Thị Vaăn")
    await expect(desk_page.locator("#card_text")).to_have_value(doubted)
    await button.click()
    await expect(desk_page.locator("#full_name")).to_have_value("Trần Thị Vaăn")
    await expect(desk_page.locator("#name_confirmed")).to_be_checked()
    await expect(desk_page.locator("#room")).to_be_focused()
    await expect(desk_page.locator("#card_text")).to_have_value("")
    await expect(button).to_have_count(0)
    await expect(desk_page.locator(".error-summary")).to_have_count(0)


async def test_who_types_the_doubted_guest_by_hand_is_asked_no_more(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    await desk_page.keyboard.insert_text(card("Trần Thị Vaăn"))
    button = desk_page.get_by_role("button", name="Đúng như trên thẻ")
    await expect(button).to_be_visible()
    await fill_guest(desk_page, full_name="Trần Thị Văn")
    await desk_page.get_by_role("button", name="Gửi thông báo").click()
    await expect(desk_page.locator("tbody.group", has_text="Trần Thị Văn")).to_have_count(1)
    await expect(button).to_have_count(0)
