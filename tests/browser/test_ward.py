"""The ward and the facilities in a real browser."""

import httpx
import psycopg
from playwright.async_api import Browser, Page, expect

from asm.demo.cast import Cast
from tests.browser.newcomers import picture
from tests.browser.person import PATIENCE_MS, Person, fill_guest, follow, scan
from tests.browser.test_access import check
from tests.conftest import Database
from tests.people import fresh_key, guest, party, sign_in

WINDOWS = [(1366, 768, "light"), (1366, 768, "dark"), (360, 740, "light"), (360, 740, "dark")]


def raise_flag(database: Database, cast: Cast) -> None:
    """A flag as the background check leaves it."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence) "
            "VALUES (%s, gen_random_uuid(), 'same-document-two-places', 'x', 'high', '00070', "
            """'{"other_ward_code": "00004"}')""",
            [cast.hoa_sen],
        )


async def test_the_officer_works_through_tonight(
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
    await expect(page.locator("h1")).to_contain_text("1 trên 3 cơ sở đã khai.")
    await expect(page.locator("main h2").first).to_have_text("Chưa khai đêm này · 2")
    await expect(page.locator("main")).not_to_contain_text("Đặng Thị Đêm")
    await expect(page.locator("dd.figure").first).to_have_text("1")
    # The keyboard is at the first flag within ten presses of Tab.
    pressed = 0
    for name in ("Tới nội dung chính", "Tới việc cần xem"):
        for _ in range(3):
            await page.keyboard.press("Tab")
            pressed += 1
            if await page.locator("a:focus").inner_text() == name:
                break
        await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#flags ~ * a:focus, .panel a:focus")).to_have_text(
        "Một giấy tờ, hai nơi lưu trú"
    )
    assert pressed + 1 <= 10
    # A call, and its result: the house is no longer among those to call.
    row = page.get_by_role("row", name="Nhà trọ Hải Yến")
    assert (await row.locator("a[href^='tel:']").get_attribute("href")) == "tel:0240000000"
    await follow(row.get_by_role("link", name="Ghi kết quả"))
    await page.get_by_label("không nghe máy").check()
    await page.get_by_role("textbox", name="Ghi chú").fill("gọi lại lúc mười giờ")
    await follow(page.get_by_role("button", name="Ghi kết quả"))
    await expect(page.locator(".done")).to_contain_text("Nhà trọ Hải Yến")
    await expect(page.get_by_role("row", name="Nhà trọ Hải Yến")).to_contain_text("không nghe máy")
    await follow(page.get_by_role("link", name="Phiếu đi cơ sở"))
    await expect(page.get_by_role("row", name="Nhà trọ Hải Yến")).to_contain_text(
        "gọi không nghe máy"
    )
    await follow(page.get_by_role("link", name="Khách", exact=True))
    await page.get_by_label("Phòng, số giấy").fill("hoa sen")
    await follow(page.get_by_role("button", name="Xem"))
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.locator("tbody")).to_contain_text("Đặng Thị Đêm")


def give_it_a_habit(database: Database, cast: Cast) -> None:
    """The boarding house had three guests on each of the last eight nights like this one."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "UPDATE facility SET registered_at = registered_at - interval '80 days', "
            "decided_at = decided_at - interval '80 days'"
        )
        connection.execute(
            "INSERT INTO stay (facility_id, id, arrival_date, ward_code, version, person_ref, "
            "guest_record_id, receipt_number, arrived_at, first_night, end_night, hourly, "
            "foreigner, no_papers, nationality, residence_country, tourism, received_at, due_at, "
            "on_time, via, declared_by) SELECT %(house)s, gen_random_uuid(), first_night - 7 * w, "
            "ward_code, 1, gen_random_uuid(), guest_record_id, receipt_number, "
            "first_night - 7 * w + interval '11 hours', first_night - 7 * w, "
            "first_night - 7 * w + 1, false, false, false, 'VNM', 'VNM', false, "
            "first_night - 7 * w + interval '11 hours', due_at, true, 'desk', declared_by "
            "FROM (SELECT * FROM stay LIMIT 3) AS some_stays, generate_series(1, 8) AS w",
            {"house": cast.boarding_house},
        )


async def test_two_windows_of_fourteen_guests_in_light_and_dark(
    browser: Browser, person: Person, database: Database, cast: Cast
) -> None:
    """As long as two windows on a desk, whatever the window's colours; nothing hangs over."""
    raise_flag(database, cast)
    async with httpx.AsyncClient(base_url=person.address, timeout=PATIENCE_MS / 1000) as client:
        lan = await sign_in(client, cast, "lan")
        guests = [guest() for _ in range(14)]
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays",
            json=party(*guests),
            headers=lan | fresh_key(),
        )
        assert answer.status_code == 201, answer.text
    give_it_a_habit(database, cast)
    for width, height, scheme in WINDOWS:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = await context.new_page()
        await person.sign_in(page, "minh")
        await check(page)
        tall = await page.evaluate("document.documentElement.scrollHeight")
        assert tall <= (2 if width > 1000 else 3) * height, (width, tall)
        if scheme == "light":
            await picture(page, "ward" if width > 1000 else "ward-phone", full=True)
        await page.goto(f"{person.address}/ward/guests")
        await check(page)
        if (width, scheme) == (1366, "light"):
            await picture(page, "ward-guests")
            await page.goto(f"{person.address}/ward/patrol?facility={cast.boarding_house}")
            await picture(page, "ward-patrol", full=True)
        await context.close()


async def test_another_ward_sees_nothing_of_it(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    await scan(desk_page, "Bùi Văn Kín")
    await desk_page.fill("#room", "101")
    await desk_page.press("#room", "Enter")
    await expect(desk_page.locator(".sent")).to_be_visible()
    await person.sign_out(desk_page)
    await person.sign_in(desk_page, "thao")
    await expect(desk_page.locator(".strip")).to_contain_text("Ba Đình")
    await expect(desk_page.locator("main")).not_to_contain_text("Hoa Sen")
    await desk_page.goto(f"{person.address}/ward/guests")
    await expect(desk_page.locator("h1")).to_contain_text("0 lượt khách")
    await expect(desk_page.locator("main")).not_to_contain_text("Bùi Văn Kín")


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
    await follow(page.locator("#waiting a"))
    await expect(page.locator("main")).to_contain_text("Nhà nghỉ Vừa Mở")
    await follow(page.locator("main button:has-text('Kích hoạt')"))
    await expect(page.locator("h1")).to_have_text("Không có cơ sở nào chờ kích hoạt.")
    await person.sign_out(page)
    await person.sign_in(page, "hai")
    await follow(page.locator("main >> text=Nhà nghỉ Vừa Mở"))
    await expect(page.locator("#card_text")).to_be_visible()
