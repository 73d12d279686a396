"""The ward and the facilities in a real browser."""

import psycopg
from playwright.async_api import Page, expect

from asm.demo.cast import Cast
from tests.browser.person import Person, fill_guest, follow, scan
from tests.conftest import Database


def raise_flag(database: Database, cast: Cast) -> None:
    """A flag as the background check leaves it."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence) "
            "VALUES (%s, gen_random_uuid(), 'same-document-two-places', 'x', 'high', '00070', "
            """'{"other_ward_code": "00004"}')""",
            [cast.hoa_sen],
        )


async def test_the_officer_sees_tonight(
    page: Page, person: Person, database: Database, cast: Cast
) -> None:
    raise_flag(database, cast)
    await person.open_desk(page)
    # Two nights, should 08:00 come in between, when the next one begins.
    await fill_guest(page, full_name="Đặng Thị Đêm", nights="2")
    await page.press("#full_name", "Enter")
    await expect(page.locator(".sent")).to_be_visible()
    await person.sign_out(page)
    await person.sign_in(page, "minh")
    await expect(page.locator("main h2").first).to_contain_text("Chưa khai báo đêm này: 2 trên 3")
    await expect(page.locator("main")).to_contain_text("Đặng Thị Đêm")
    await expect(page.locator(".tile .figure").first).to_have_text("1")
    flags = page.locator("#flags")
    await expect(flags).to_contain_text("Một giấy tờ, hai nơi lưu trú")
    await flags.locator("summary", has_text="Đã kiểm tra").click()
    await flags.locator("input[type=text]").fill("Đã gọi hai nơi")
    await follow(flags.locator("button"))
    await expect(page.locator("#flags")).to_contain_text("Không có cảnh báo nào đang chờ.")


async def test_another_ward_sees_nothing_of_it(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    await scan(desk_page, "Bùi Văn Kín")
    await desk_page.fill("#room", "101")
    await desk_page.press("#room", "Enter")
    await expect(desk_page.locator(".sent")).to_be_visible()
    await person.sign_out(desk_page)
    await person.sign_in(desk_page, "thao")
    await expect(desk_page.locator("h1")).to_contain_text("Ba Đình")
    await expect(desk_page.locator("main")).not_to_contain_text("Bùi Văn Kín")
    await expect(desk_page.locator("main")).not_to_contain_text("Hoa Sen")


async def test_register_and_activate(page: Page, person: Person) -> None:
    await page.context.grant_permissions(["geolocation"])
    await page.context.set_geolocation({"latitude": 21.032, "longitude": 105.85})
    await person.sign_in(page, "hai")
    await follow(page.locator("text=Đăng ký cơ sở"))
    await page.select_option("#kind", "guest_house")
    await page.fill("#name", "Nhà nghỉ Vừa Mở")
    await page.fill("#address_text", "3 ngõ Thử")
    await page.click("[data-locate]")
    await expect(page.locator("#latitude")).to_have_value("21.032000")
    await page.fill("#rooms", "101-104, 2")
    await follow(page.locator("text=Gửi đăng ký"))
    await expect(page.locator("main")).to_contain_text("Đang chờ kích hoạt.")
    await expect(page.locator("main")).to_contain_text("Phường Hoàn Kiếm")
    await person.sign_out(page)
    await person.sign_in(page, "minh")
    await expect(page.locator("#waiting")).to_contain_text("Nhà nghỉ Vừa Mở")
    await follow(page.locator("#waiting button:has-text('Kích hoạt')"))
    await expect(page.locator("#waiting")).to_have_count(0)
    await person.sign_out(page)
    await person.sign_in(page, "hai")
    await follow(page.locator("main >> text=Nhà nghỉ Vừa Mở"))
    await expect(page.locator("#card_text")).to_be_visible()
