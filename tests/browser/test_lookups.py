"""A look-up and a citizen's page as people see them: at the desk and on a phone, for everybody."""

import httpx
from playwright.async_api import Page, expect

from tests.browser.person import Person, follow
from tests.browser.test_access import check
from tests.lookups.officers import HOA, declare

NOTE = "Gia đình báo không liên lạc được từ hôm qua"


async def _fill(page: Page, number: str) -> None:
    await page.fill("#number", number)
    await page.select_option("#reason", "missing")
    await page.fill("#note", NOTE)
    await page.fill("#case_number", "12/TB-2026")


async def test_from_the_password_to_the_answer_and_its_review(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        await declare(client, person.cast, HOA, full_name="Lê Thị Hoa", sex="female")
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/lookups")
    await check(page)
    await page.fill("#password", person.cast.people["minh"].password)
    await follow(page.get_by_role("button", name="Xác nhận"))
    await check(page)
    await follow(page.get_by_role("button", name="Tra cứu và ghi lại"))
    await expect(page.locator(".error-summary")).to_be_focused()
    await check(page)
    await _fill(page, HOA)
    await follow(page.get_by_role("button", name="Tra cứu và ghi lại"))
    await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")
    await check(page)
    # Loaded again, and gone back to, it is there, and nobody is looked up once more.
    await page.reload()
    await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")
    await follow(page.get_by_role("link", name="Cần xem địa bàn khác?"))
    await page.go_back()
    await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")
    await expect(page.get_by_role("listitem").filter(has_text="12/TB-2026")).to_have_count(1)
    await follow(page.get_by_role("link", name="Cần xem địa bàn khác?"))
    await page.select_option("#province", "01")
    await follow(page.get_by_role("button", name="Chọn tỉnh"))
    await page.select_option("#area", "00004")
    await page.fill("#note", NOTE)
    await page.fill("#case_number", "12/TB-2026")
    await check(page)
    await follow(page.get_by_role("button", name="Mở trong 15 phút"))
    await expect(page.locator("#glass_id")).to_be_visible()
    await check(page)
    await person.sign_out(page)
    await person.sign_in(page, "quang")
    await page.goto(f"{person.address}/lookups/seen")
    await expect(page.locator("[data-look-up]")).to_have_count(1)
    await check(page)
    await page.get_by_label("không có căn cứ").check()
    await page.get_by_label("Ghi chú của người xem lại").fill("Không ai báo việc này")
    await follow(page.get_by_role("button", name="Ghi lại"))
    await expect(page.locator("[data-glass=reviewed]")).to_contain_text("Không ai báo việc này")
    await check(page)


async def test_a_citizen_sees_the_stay_of_a_receipt(page: Page, person: Person) -> None:
    async with httpx.AsyncClient(base_url=person.address) as client:
        declared = await declare(client, person.cast, HOA)
    await page.goto(f"{person.address}/mine")
    await check(page)
    await page.fill("#number", HOA)
    await page.fill("#receipt", declared["receipt"]["number"].lower())
    await follow(page.get_by_role("button", name="Xem lượt này"))
    await expect(page.locator("[data-stay]")).to_contain_text("Khách sạn Hoa Sen")
    await check(page)
    await page.get_by_text("Không phải tôi?").click()
    await check(page)
    await follow(page.get_by_role("button", name="Đây không phải tôi"))
    await expect(page.locator("[data-stay]")).to_contain_text("bạn đã báo không phải bạn")
    await check(page)
