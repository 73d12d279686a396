"""The desk whose session ended, or is another account's: nothing is lost, and the page says why."""

from playwright.async_api import Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from tests.browser.person import Person, fill_guest, scan
from tests.browser.test_access import check
from tests.conftest import Database
from tests.outage import database_away
from tests.services import TestServices

SESSION, FORM = "asm", "asm-form"


async def test_a_guest_of_an_outage_is_sent_after_signing_in_again(
    desk_page: Page,
    person: Person,
    services: TestServices,
    database: Database,
    admin_session: AsyncSession,
) -> None:
    page = desk_page
    await person.open_desk(page)
    await admin_session.close()
    shelf, kept = page.locator("#unsent-guests"), page.locator("[data-unsent]")
    async with database_away(services, database):
        await scan(page, "Nguyễn Văn Mẫu")
        await page.fill("#room", "102")
        await page.keyboard.press("Enter")
        await expect(kept).to_have_count(1)
        await expect(page.get_by_text("Chưa nhận được các khách dưới đây")).to_be_visible()
    again = kept.get_by_role("button", name="Gửi lại")
    for gone in (SESSION, FORM):
        await page.context.clear_cookies(name=gone)
        await again.click()
        await expect(kept).to_contain_text("Phiên đã hết: đăng nhập ở tab khác rồi bấm Gửi lại")
        await expect(kept).not_to_contain_text("Nội dung còn nguyên ở đây", use_inner_text=True)
    async with page.context.expect_page() as opened:
        await kept.get_by_role("link", name="Đăng nhập ở tab mới").click()
    await person.sign_in_by_hand(await opened.value, "lan")
    await page.context.clear_cookies(name=FORM)  # the page is older than its form's cookie
    await again.click()
    await expect(shelf.locator(".sent", has_text="Nguyễn Văn Mẫu")).to_contain_text("LT-")
    await expect(kept).to_have_count(0)
    await expect(shelf).to_contain_text("Đã nhận các khách dưới đây")
    await expect(shelf).not_to_contain_text("Chưa nhận được", use_inner_text=True)
    await check(page)
    left: list[str] = []
    page.on("dialog", lambda dialog: left.append(dialog.type))
    await page.close(run_before_unload=True)
    assert left == []


async def test_the_desk_says_who_may_not_send(desk_page: Page, person: Person) -> None:
    page, bar = desk_page, desk_page.locator("#unsent")

    async def send() -> None:
        async with page.expect_response(lambda answer: answer.request.method == "POST"):
            await page.press("#full_name", "Enter")

    await person.open_desk(page)
    await fill_guest(page)
    other = await page.context.new_page()
    await page.context.clear_cookies()
    await person.sign_in_by_hand(other, "minh")
    await send()
    await expect(bar).to_contain_text("không khai báo cho cơ sở này", use_inner_text=True)
    await page.context.clear_cookies()
    await send()
    await expect(bar).to_contain_text("Phiên đã hết", use_inner_text=True)
    await expect(bar.get_by_role("link", name="Đăng nhập ở tab mới")).to_be_visible()
    await page.context.clear_cookies()
    await person.sign_in_by_hand(other, "lan")
    await send()
    await expect(bar).to_contain_text("vừa được làm mới", use_inner_text=True)
    await expect(page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    await send()
    await expect(page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await expect(bar).to_be_hidden()
