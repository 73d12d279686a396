"""An officer's deeds by keyboard alone, each gone back from and loaded again: nothing is sent
twice, a ring is around what has the keyboard, and each deed says what came of it.
"""

from pathlib import Path

import httpx
from playwright.async_api import Dialog, Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.browser.keyboard import PICTURES, announced, goes_back_and_forth, look, press, tab_to
from tests.browser.person import Person
from tests.browser.test_figures import counted as counted  # noqa: PLC0414 -- a fixture
from tests.browser.test_ward_flags import some_work
from tests.lookups.officers import HOA, declare, look_up, officer


async def test_a_case_is_taken_noted_and_settled(
    page: Page, person: Person, admin_session: AsyncSession
) -> None:
    await some_work(admin_session, person.cast)
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/flags")
    await look(page, "flags")
    await press(page, "[data-cases] tbody th a")
    await look(page, "case")
    await press(page, "form[action$='/take'] button")
    await announced(page, "Bạn đã nhận việc này")
    await goes_back_and_forth(page)
    await tab_to(page, "#remark")
    await page.keyboard.insert_text("Đã gọi lúc 20:00, hẹn gọi lại")
    await press(page, "form[action$='/note'] button")
    await announced(page, "Đã ghi chú")
    await look(page, "case-noted")
    await goes_back_and_forth(page)
    await tab_to(page, "#note")
    await page.keyboard.insert_text("Cơ sở đã sửa")
    await press(page, "form[action$='/settle'] button")
    await announced(page, "Đã gọi, cơ sở sửa")
    await look(page, "flags-settled")
    outcomes = await admin_session.scalars(text("SELECT DISTINCT outcome FROM flag"))
    assert "called" in outcomes.all()
    await goes_back_and_forth(page)


async def test_a_visit_to_a_house(page: Page, person: Person) -> None:
    await person.sign_in(page, "minh")
    house = f"{person.address}/ward/facilities/{person.cast.hoa_sen}"
    await page.goto(house)
    await look(page, "house")
    await tab_to(page, "details:has(form[action$='/visits']) > summary")
    await page.keyboard.press("Enter")
    await press(page, "form[action$='/visits'] button")
    await expect(page.locator(".error-summary")).to_be_focused()
    await look(page, "house-refused")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#seen")).to_be_focused()
    await page.keyboard.insert_text("Sổ khách đủ, phòng 101 có hai khách")
    await tab_to(page, "#outcomes")
    await page.keyboard.press("Space")
    await press(page, "form[action$='/visits'] button")
    await announced(page, "Đã lưu biên bản kiểm tra")
    await expect(page.locator("main")).to_contain_text("Sổ khách đủ, phòng 101 có hai khách")
    await look(page, "house-visited")
    await goes_back_and_forth(page)
    # The refused form lies behind it: it is gone back to as the page that it stands on.
    await page.go_back()
    await expect(page).to_have_url(house)


async def test_a_declaration_for_a_house_is_left_and_taken_up(page: Page, person: Person) -> None:
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/assist/{person.cast.hoa_sen}")
    await look(page, "assist")
    await tab_to(page, "#full_name")
    await page.keyboard.insert_text("Lê Thị Nháp")
    # What was typed is not left without a question: whoever stays still has it.
    questions = []

    async def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_role("link", name="Khai giúp").last.click()
    await expect(page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    assert questions == ["beforeunload"]
    page.remove_listener("dialog", stay)
    for name, value in (
        ("room", "103"), ("full_name", "Lê Thị Nháp"), ("birth_date", "27-3-90"),
        ("document_number", HOA),
    ):  # fmt: skip
        await page.fill(f"#{name}", value)
    await page.select_option("#document_type", "1")
    await page.check("#sex")
    await page.focus("#full_name")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await announced(page, "Đã tiếp nhận")
    await look(page, "assist-sent")
    await goes_back_and_forth(page)
    await announced(page, "Đã tiếp nhận")


async def test_a_look_up(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        await declare(client, person.cast, HOA, full_name="Lê Thị Hoa", sex="female")
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/lookups")
    await tab_to(page, "#password")
    await page.keyboard.insert_text(person.cast.people["minh"].password)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await look(page, "look-up")
    await tab_to(page, "#number")
    await page.keyboard.insert_text(HOA)
    await page.select_option("#reason", "missing")
    await page.fill("#note", "Gia đình báo không liên lạc được")
    await page.fill("#case_number", "12/TB-2026")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")
    await look(page, "look-up-answer")
    await goes_back_and_forth(page)
    await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")


async def test_a_gate(page: Page, person: Person) -> None:
    await person.sign_in(page, "quang")
    await page.goto(f"{person.address}/step-up?next=/province/gates")
    await page.fill("#password", person.cast.people["quang"].password)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await look(page, "gates-none")
    await page.select_option("#ward_code", "00070")
    await tab_to(page, "#label")
    await page.keyboard.insert_text("Cổng đền Ngọc Sơn")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await announced(page, "Bí mật chỉ hiện trên máy này")
    await look(page, "gate-secret")
    await goes_back_and_forth(page)
    await page.emulate_media(media="print")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "gate-secret-print.png", full_page=True)
    await page.emulate_media(media="screen")
    await press(page, "main a.button[href='/province/gates']")
    await look(page, "gates")
    await tab_to(page, "[data-gate] button[popovertarget^=end]")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look(page, "gate-end")
    await tab_to(page, "[role=dialog] form button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await announced(page, "Đã ngừng nhận số của cổng")
    await look(page, "gates-ended")


async def test_a_watch_list(page: Page, person: Person, tmp_path: Path) -> None:
    await person.sign_in(page, "quang")
    await page.goto(f"{person.address}/step-up?next=/watchlists/new")
    await page.fill("#password", person.cast.people["quang"].password)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await look(page, "list-new")
    file = tmp_path / "so.csv"
    file.write_text(f"document_number\n{HOA}\n12345\n", "utf-8")
    await page.fill("#name", "Truy tìm")
    await page.fill("#reason", "QĐ 12/2026")
    await page.fill("#valid_until", "2027-06-01")
    await page.set_input_files("#file", file)
    await tab_to(page, "form[action='/watchlists/new'] button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("1 giấy tờ nhận được, 1 dòng không nhận")
    await look(page, "list-preview")
    await goes_back_and_forth(page)
    await press(page, "form[action$='/confirm'] button")
    await look(page, "list-confirmed")


async def test_guests_by_name(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        await declare(client, person.cast, HOA, full_name="Lê Thị Hoa", sex="female")
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/guests")
    await tab_to(page, "#name")
    await page.keyboard.insert_text("hoa le")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("1 khách tên “hoa le”")
    await look(page, "guests-named")
    await press(page, "#guests tbody th a")
    await page.go_back()
    await expect(page.locator("h1")).to_contain_text("1 khách tên “hoa le”")
    await goes_back_and_forth(page)


async def test_looked_up_numbers(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        await declare(client, person.cast, HOA)
        await look_up(await officer(client, person.cast), HOA)
    await person.sign_in(page, "quang")
    await page.goto(f"{person.address}/lookups/seen")
    code = page.locator("[data-look-up] a.code")
    lines = "e => e.getClientRects().length"
    assert await code.evaluate(lines) == 1
    await look(page, "seen")
    await press(page, "[data-look-up] .end a")
    await tab_to(page, "#password")
    await page.keyboard.insert_text(person.cast.people["quang"].password)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("main .code")).to_have_text(HOA)
    await goes_back_and_forth(page)
    await expect(page.locator("main .code")).to_have_text(HOA)


async def test_a_citizens_page(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        declared = await declare(client, person.cast, HOA)
    await page.goto(f"{person.address}/mine")
    await tab_to(page, "#number")
    await page.keyboard.insert_text(HOA)
    await tab_to(page, "#receipt")
    await page.keyboard.insert_text(declared["receipt"]["number"])
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("[data-stay]")).to_contain_text("Khách sạn Hoa Sen")
    await look(page, "mine")
    await goes_back_and_forth(page)
    await tab_to(page, "[data-stay] summary")
    await page.keyboard.press("Enter")
    await press(page, "form[action='/mine/not-me'] button")
    await expect(page.locator("[data-stay]")).to_contain_text("bạn đã báo không phải bạn")
    await look(page, "mine-said")
    await goes_back_and_forth(page)


async def test_figures_filters(page: Page, person: Person, counted: None) -> None:
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/figures?view=season")
    # Neither is stretched empty to what stands beside it.
    below = """(panel) => panel.getBoundingClientRect().bottom -
      panel.lastElementChild.getBoundingClientRect().bottom"""
    for panel in await page.locator("main .stack > .panel").all():
        assert await panel.evaluate(below) < 40
    await look(page, "season")
    await page.goto(f"{person.address}/ward/figures")
    await look(page, "figures")
    await tab_to(page, "main details.no-print > summary")
    await page.keyboard.press("Enter")
    await tab_to(page, "form.filters button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await goes_back_and_forth(page)
    await page.emulate_media(media="print")
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / "figures-print.png", full_page=True)
    await page.emulate_media(media="screen")
    await page.goto(f"{person.address}/ward/patrol")
    await look(page, "patrol")
    if PICTURES:
        await page.pdf(path=Path(PICTURES) / "patrol.pdf", prefer_css_page_size=True)
