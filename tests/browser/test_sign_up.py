"""A landlady with a small phone and no scripts: from nobody to a facility that waits."""

import re
from collections.abc import AsyncIterator

import psycopg
import pytest
from playwright.async_api import Browser, Page, expect

from asm.demo.cast import WARD_A, Cast
from tests.accounts.own.hosts import PASSWORD
from tests.browser.person import PATIENCE_MS, Person, follow
from tests.conftest import Database


@pytest.fixture
async def phone(browser: Browser, live_server: str) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="vi-VN", java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


def _centre(database: Database) -> str:
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute(
            "SELECT format('%%s, %%s', ST_Y(centre), ST_X(centre)) FROM ward WHERE code = %s",
            [WARD_A],
        ).fetchone()
    assert row is not None
    return str(row[0])


async def _fits(page: Page) -> None:
    """Nothing reaches over the edge: nobody has to push the page about."""
    box = await page.locator("html").bounding_box()
    widest = [await each.bounding_box() for each in await page.locator("main, header, form").all()]
    assert box is not None
    assert max(each["x"] + each["width"] for each in widest if each) <= 360
    assert box["width"] <= 360


async def test_from_nobody_to_a_facility_that_waits(
    phone: Page, live_server: str, database: Database, cast: Cast, desk_page: Page
) -> None:
    await phone.goto(live_server)
    await follow(phone.locator("main").get_by_role("link", name="Mở tài khoản"))
    await _fits(phone)
    await phone.get_by_label("Họ tên").fill("Nguyễn Thị Thử")
    await phone.get_by_label("Số điện thoại hoặc tên đăng nhập").fill("0912 345 678")
    await phone.get_by_label("Chủ nhà trọ").check()
    await phone.get_by_label("Mật khẩu").fill("ngắn quá")
    await follow(phone.locator("main").get_by_role("button", name="Mở tài khoản"))
    await expect(phone.locator(".error-summary li")).to_have_count(2)
    await _fits(phone)
    await phone.get_by_label("Mật khẩu").fill(PASSWORD)
    await phone.get_by_label("Tôi đồng ý với điều khoản").check()
    await follow(phone.locator("main").get_by_role("button", name="Mở tài khoản"))

    await expect(phone.get_by_role("heading", name="Đăng ký cơ sở lưu trú")).to_be_visible()
    await _fits(phone)
    await phone.get_by_label("Loại cơ sở").select_option("boarding_house")
    await phone.get_by_label("Tên cơ sở").fill("Nhà trọ Thử")
    await phone.get_by_label("Địa chỉ").fill("9 ngõ Mẫu")
    await phone.get_by_label("Vĩ độ").fill(_centre(database))
    await follow(phone.get_by_role("button", name="Gửi đăng ký"))
    await expect(phone.get_by_text("Đang chờ kích hoạt.")).to_be_visible()
    await _fits(phone)
    for path in ("/desk", "/inbox", "/account"):
        await phone.goto(live_server + path)
        await expect(phone.locator("[data-waiting]")).to_contain_text("Nhà trọ Thử")
        await _fits(phone)

    person = Person(live_server, cast)
    await person.sign_in(desk_page, "minh")
    await desk_page.goto(f"{live_server}/ward/waiting")
    await follow(desk_page.get_by_role("link", name="Nhà trọ Thử").first)
    await desk_page.goto(f"{live_server}/ward/waiting")
    await follow(desk_page.get_by_role("button", name=re.compile("Kích hoạt")).first)
    await phone.goto(f"{live_server}/desk")
    await expect(phone.locator("[data-waiting]")).to_have_count(0)
    await follow(phone.get_by_role("button", name="Đăng xuất"))
    await phone.goto(f"{live_server}/sign-in")
    await phone.get_by_label("Số điện thoại hoặc tên đăng nhập").fill("+84912345678")
    await phone.get_by_label("Mật khẩu").fill(PASSWORD)
    await follow(phone.locator("main").get_by_role("button", name="Đăng nhập"))
    await expect(phone.get_by_role("link", name="Nguyễn Thị Thử")).to_be_visible()


async def test_another_language_leaves_what_was_typed(desk_page: Page, live_server: str) -> None:
    page = desk_page
    await page.goto(f"{live_server}/sign-up")
    await page.fill("#display_name", "Nguyễn Thị Thử")
    await page.fill("#password", PASSWORD)
    await page.get_by_label("Chủ nhà trọ").check()
    await page.check("#terms")
    await follow(page.get_by_role("button", name="English"))
    await expect(page.get_by_role("heading", name="Get an account")).to_be_visible()
    await expect(page.locator("#display_name")).to_have_value("Nguyễn Thị Thử")
    await expect(page.locator("[name=role]:checked")).to_have_value("landlord")
    await expect(page.locator("#terms")).to_be_checked()
    await expect(page.locator("#password")).to_have_value("")
    assert await page.evaluate("sessionStorage.length") == 0
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Read the terms").click()
    await expect((await opened.value).get_by_role("heading").first).to_contain_text("Terms")
    await expect(page.locator("#display_name")).to_have_value("Nguyễn Thị Thử")
