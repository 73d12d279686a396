"""What readers type besides the letters: an Enter after each line of a zone, Tab for a bar."""

from playwright.async_api import Page, expect

from benchmarks.synthetic_passports import invented_mrz
from tests.browser.person import SCANNER, Person


async def test_both_lines_arrive_whatever_the_enter_between_them(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    lines = invented_mrz(7)
    for line in lines:
        await desk_page.keyboard.type(line, delay=SCANNER)
        await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("#document_number")).to_have_value(lines[1][:9].rstrip("<"))
    await expect(desk_page.locator("#name_confirmed")).to_be_visible()
    await expect(desk_page.locator(".error-summary")).to_have_count(0)


async def test_a_card_whose_bars_arrive_as_tabs_stays_in_the_box(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    typed = "001190000771\t\tTran Thi Mau\t15081990\tNu\tTo 5, Ha Noi\t20042021"
    # As keys, all in one burst: what is typed key by key waits for the test in between.
    await desk_page.evaluate(
        """(text) => {
          const box = document.querySelector("[data-scan]");
          const put = (key) => box.setRangeText(key, box.value.length, box.value.length, "end");
          for (const sign of text) {
            const key = sign === "\\t" ? "Tab" : sign;
            const press = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
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
    await desk_page.keyboard.type(first, delay=SCANNER)
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("#card_text")).to_have_value(first)
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.get_by_text("Mới nhận được một phần")).to_be_visible()
    await expect(desk_page.locator("#card_text")).to_have_value("")
    await expect(desk_page.locator("#card_text")).to_be_focused()
    await desk_page.keyboard.type(second, delay=SCANNER)
    await desk_page.keyboard.press("Enter")
    await expect(desk_page.locator("#document_number")).to_have_value(second[:9].rstrip("<"))
