"""The province's and the ministry's pages, and a watch list from file to end, in a browser."""

from datetime import datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.base import VIETNAM
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.outbox.drain import drain
from asm.worker.subscribers import HANDLERS
from tests.browser.conftest import SIZES
from tests.browser.person import Person, follow
from tests.browser.test_access import OF_AXE
from tests.people import fresh_number
from tests.web.province.totals import put_totals, tonight


async def check(page: Page) -> None:
    """No finding of axe at all, and nothing wider than the window."""
    results = await Axe().run(page, options=OF_AXE)
    assert [item["id"] for item in results.response["violations"]] == []
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


async def an_evening(engine: AsyncEngine) -> None:
    night = await tonight(engine)
    for back in range(14):
        for ward, stayed in ((WARD_A, 9), (WARD_B, 3)):
            await put_totals(
                engine, night - timedelta(days=back), ward, facilities_active=10,
                facilities_stayed=stayed, facilities_said=stayed, beds_open=100, beds_all=100,
                known_nights=stayed * 7 + back, guest_nights=stayed * 7 + back, arrivals=stayed,
                declared=stayed, late=2, stays=stayed, askable=stayed, verified=stayed - 1,
            )  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_areas_side_by_side(
    size: str, scheme: str, browser: Browser, person: Person, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    await an_evening(admin_engine)
    width, height = SIZES[size]
    for login, paths in (("quang", ("/province",)), ("nga", ("/country", "/country?province=01"))):
        context = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="vi-VN"
        )
        page = await context.new_page()
        await person.sign_in(page, login)
        for path in paths:
            await page.goto(person.address + path)
            await expect(page.get_by_role("heading", level=1)).to_contain_text("khai chậm")
            await check(page)
        await context.close()


async def test_a_watch_list_from_file_to_end(
    page: Page, person: Person, worker_engine: AsyncEngine
) -> None:
    number = fresh_number()
    await person.sign_in(page, "quang")
    await page.goto(f"{person.address}/watchlists/new")
    await page.get_by_label("Mật khẩu").fill(person.cast.people["quang"].password)
    await follow(page.locator("main form button[type=submit]"))
    await check(page)
    await page.get_by_label("Tên danh sách").fill("Truy tìm tháng này")
    await page.get_by_label("Lý do theo dõi").fill("Quyết định truy tìm số 12")
    until = datetime.now(VIETNAM).date() + timedelta(days=30)
    await page.get_by_label("Hiệu lực đến hết ngày").fill(until.isoformat())
    file = {"name": "so.csv", "mimeType": "text/csv", "buffer": f"{number}\n1234\n".encode()}
    await page.set_input_files("#file", file)  # type: ignore[arg-type]  # a file that is none on disk
    await follow(page.get_by_role("button", name="Xem trước"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 giấy tờ nhận được")
    await check(page)
    await expect(page.get_by_text(number)).to_have_count(0)
    await follow(page.get_by_role("button", name="Xác nhận, bắt đầu theo dõi"))
    await drain(worker_engine, HANDLERS)
    await page.goto(f"{person.address}/watchlists")
    await check(page)
    await follow(page.get_by_role("link", name="Truy tìm tháng này"))
    await check(page)
    await page.get_by_label("Lý do kết thúc").fill("Đã đình nã")
    await follow(page.get_by_role("button", name="Kết thúc danh sách"))
    await expect(page.get_by_role("status")).to_contain_text("Danh sách đã kết thúc")
