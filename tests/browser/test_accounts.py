"""Invitations, slips and lost passwords on a phone and at a desk, as people see them."""

import os
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.person import Person, follow
from tests.browser.test_access import check

PASSWORD = "mot-cau-that-dai-2026"


async def _picture(page: Page, name: str) -> None:
    """Kept where `ASM_PICTURES` says, for who wants to look."""
    folder = os.environ.get("ASM_PICTURES")
    if folder:
        width = page.viewport_size["width"] if page.viewport_size else 0
        await page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


async def test_a_colleague_comes_by_a_code_and_goes(page: Page, person: Person) -> None:
    await person.sign_in(page, "lan")
    people = f"{person.address}/facilities/{person.cast.hoa_sen}/people"
    await page.goto(people)
    await check(page)
    await page.fill("#display_name", "Mai")
    await follow(page.get_by_role("button", name="Tạo mã mời"))
    await check(page)
    await _picture(page, "slip")
    code = await page.locator(".slip-code").inner_text()
    link = await page.locator("p a.code").get_attribute("href")
    assert link is not None
    await page.goto(people)
    await _picture(page, "people")
    # On the same machine: the page names who is signed in, and asks.
    await page.goto(person.address + "/codes/" + link.rsplit("/", 1)[1])
    await check(page)
    await _picture(page, "enter")
    await page.fill("#code", code.lower())
    await follow(page.get_by_role("button", name="Tiếp tục"))
    await expect(page.get_by_text("Máy này đang đăng nhập: Lan (lan)")).to_be_visible()
    await check(page)
    await _picture(page, "who")
    await follow(page.get_by_role("button", name="Dùng tài khoản khác (đăng xuất)"))
    await page.fill("#login", "mai.hoasen")
    await page.fill("#password", "ngắn")
    await follow(page.get_by_role("button", name="Mở tài khoản"))
    await expect(page.locator(".error-summary")).to_be_focused()
    await check(page)
    await _picture(page, "join")
    await page.fill("#password", PASSWORD)
    await page.check("#terms")
    await follow(page.get_by_role("button", name="Mở tài khoản"))
    await expect(page.get_by_role("heading", name="Khách sạn Hoa Sen")).to_be_visible()
    await person.sign_out(page)


async def test_a_lost_password_and_the_wards_slips(page: Page, person: Person) -> None:
    await page.goto(f"{person.address}/forgotten")
    await check(page)
    await _picture(page, "forgotten")
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/landlords")
    await check(page)
    await page.fill("#display_name", "Bà Tư")
    await follow(page.get_by_role("button", name="Tạo phiếu có mã"))
    await check(page)
    await page.goto(f"{person.address}/ward/landlords")
    await _picture(page, "landlords")
    await page.goto(f"{person.address}/facilities/{person.cast.boarding_house}/people")
    await check(page)
    await follow(page.get_by_role("button", name="Mã đặt lại mật khẩu Hải"))
    code = await page.locator(".slip-code").inner_text()
    await person.sign_out(page)
    await page.goto(f"{person.address}/codes")
    await page.fill("#code", code)
    await follow(page.get_by_role("button", name="Tiếp tục"))
    await check(page)
    await _picture(page, "password")
    await page.fill("#password", PASSWORD)
    await follow(page.get_by_role("button", name="Lưu mật khẩu và đăng nhập"))
    await expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


async def test_officers(page: Page, person: Person) -> None:
    await person.sign_in(page, "admin")
    await page.goto(f"{person.address}/officers?province=01")
    await check(page)
    await _picture(page, "officers")


async def test_without_scripts(plain_page: Page, person: Person) -> None:
    page = plain_page
    await page.goto(f"{person.address}/codes")
    await page.fill("#code", "1111-1111-1111")
    await page.click("text=Tiếp tục")
    await expect(page.get_by_text("Mã không đúng, đã dùng hoặc đã hết hạn.").first).to_be_visible()
