"""An installation with areas and nobody in it: from the first administrator to two hosts who
declare, a lost password, and a colleague who goes.

`ASM_WRITE_PICTURES=1 pytest tests/browser/test_fresh_installation.py` takes the pictures of the
guides anew.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions
from asm.geo.areas.fill_areas import seed_areas
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from tests.browser.person import PATIENCE_MS, fill_guest, follow
from tests.cli.commands_given import elsewhere
from tests.cli.test_commands import asm
from tests.conftest import PASSWORDS
from tests.serve import serve
from tests.services import TestServices

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WARD = "00070"
FIRST = "cau dau tien cua nguoi ay"
SECOND = "mot cau khac han cau truoc"
PHONE, DESK = (360, 740), (1366, 768)
OpenBrowser = Callable[..., Awaitable[Page]]


@pytest.fixture
def installation(services: TestServices, settings: Settings) -> Iterator[Settings]:
    """A migrated database with areas: no account, no facility, no cast."""
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_fresh")
        fresh = elsewhere(settings, path="/asm_fresh")
        migrate(fresh.admin_database_url, fill=install_rules, passwords=PASSWORDS)
        asyncio.run(_fill_areas(fresh))
        yield fresh
        connection.execute("DROP DATABASE asm_fresh WITH (FORCE)")


async def _fill_areas(settings: Settings) -> None:
    engine = make_engine(settings.admin_database_url, pool_size=1)
    async with make_sessions(engine).begin() as session:
        await seed_areas(session)
    await engine.dispose()


@pytest.fixture
def address(installation: Settings) -> Iterator[str]:
    with serve(installation) as served:
        yield served


@pytest.fixture
async def open_browser(browser: Browser, address: str) -> AsyncIterator[OpenBrowser]:
    """Browsers of people who share nothing, one a call."""
    opened: list[BrowserContext] = []

    async def open_one(size: tuple[int, int] = DESK, *, scripts: bool = True) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            java_script_enabled=scripts,
            base_url=address,
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return await context.new_page()

    yield open_one
    for context in opened:
        await context.close()


async def _picture(page: Page, name: str, *, full: bool = False) -> None:
    """For the guides, when they are asked for."""
    if os.environ.get("ASM_WRITE_PICTURES"):
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=full)


async def _press(page: Page, name: str | re.Pattern[str]) -> None:
    await follow(page.locator("main").get_by_role("button", name=name))


async def _sign_in(page: Page, login: str, password: str) -> None:
    await page.goto("/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", password)
    await _press(page, "Đăng nhập")


async def _is_in(page: Page) -> None:
    await expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


async def _is_out(page: Page, path: str) -> None:
    """The open browser is a stranger's with its next step."""
    await page.goto(path)
    await expect(page.get_by_role("button", name="Đăng xuất")).to_have_count(0)
    await expect(page.locator("#password")).to_be_visible()


async def _set_password(page: Page, code: str, password: str) -> None:
    """With a one-time code, as whoever was handed it."""
    await page.goto("/codes")
    await page.fill("#code", code)
    await _press(page, "Tiếp tục")
    await page.fill("#password", password)
    await _press(page, "Lưu mật khẩu và đăng nhập")
    await _is_in(page)


async def _code(page: Page) -> str:
    return await page.locator(".slip-code").inner_text()


def _make_administrator(installation: Settings) -> None:
    made = asm(
        installation, "account", "create", "goc", "--name", "Trần Thị Gốc", stdin=FIRST + "\n"
    )
    assert made.returncode == 0, made.stderr


def _in_the_ward(installation: Settings) -> str:
    with psycopg.connect(installation.admin_database_url) as connection:
        row = connection.execute(
            "SELECT format('%%s, %%s', ST_Y(centre), ST_X(centre)) FROM ward WHERE code = %s",
            [WARD],
        ).fetchone()
    assert row is not None
    return str(row[0])


async def _make_officer(administrator: Page) -> str:
    """The first code of a new officer of the ward."""
    await _sign_in(administrator, "goc", FIRST)
    await follow(administrator.get_by_role("link", name="Cán bộ"))
    await administrator.get_by_label("Tỉnh, thành phố").select_option("01")
    await _press(administrator, re.compile("^Chọn$"))
    await administrator.get_by_label("Xã, phường, đặc khu").select_option(WARD)
    await administrator.get_by_label("Tên cán bộ").fill("Phạm Văn Cán")
    await administrator.get_by_label("Tên đăng nhập").fill("can.bo.thu")
    await _press(administrator, "Mở tài khoản và tạo mã")
    code = await _code(administrator)
    await administrator.goto("/officers?province=01")
    await expect(administrator.get_by_text("can.bo.thu")).to_be_visible()
    await _picture(administrator, "officers")
    return code


async def _sign_up_and_register(phone: Page, point: str) -> str:
    """The path of the facility that now waits."""
    await phone.goto("/")
    await follow(phone.locator("main").get_by_role("link", name="Mở tài khoản"))
    await phone.get_by_label("Họ tên").fill("Nguyễn Thị Thử")
    await phone.get_by_label("Số điện thoại hoặc tên đăng nhập").fill("0912 345 678")
    await phone.get_by_label("Chủ nhà trọ").check()
    await phone.get_by_label("Mật khẩu").fill(FIRST)
    await phone.get_by_label("Tôi đồng ý với điều khoản").check()
    await phone.evaluate("scrollTo(0, 0)")
    await _picture(phone, "sign-up-phone", full=True)
    await _press(phone, "Mở tài khoản")
    await phone.get_by_label("Loại cơ sở").select_option("boarding_house")
    await phone.get_by_label("Tên cơ sở").fill("Nhà trọ Thử")
    await phone.get_by_label("Địa chỉ").fill("9 ngõ Mẫu")
    await phone.get_by_label("Vĩ độ").fill(point)
    await _press(phone, "Gửi đăng ký")
    await expect(phone.get_by_text("Đang chờ kích hoạt.")).to_be_visible()
    facility = "/facilities/" + phone.url.rsplit("/", 1)[1]
    for path in ("/desk", "/account", "/inbox"):
        await phone.goto(path)
        await expect(phone.locator("[data-waiting]")).to_contain_text("Nhà trọ Thử")
    await _picture(phone, "waiting-phone")
    return facility


async def _declare(page: Page, facility: str, name: str) -> None:
    await page.goto(facility.replace("/facilities/", "/desk/"))
    await fill_guest(page, full_name=name)
    await page.click("text=Gửi thông báo")
    await expect(page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await expect(page.locator(".sent")).to_contain_text("LT-")


async def _invite(host: Page, facility: str) -> tuple[str, str]:
    """The code for a colleague, and the path that its link opens."""
    await host.goto(f"{facility}/people")
    await host.fill("#display_name", "Mai")
    await _press(host, "Tạo mã mời")
    await _picture(host, "code-slip", full=True)
    link = await host.locator("p a.code").get_attribute("href")
    assert link is not None
    return await _code(host), "/codes/" + link.rsplit("/", 1)[1]


async def _opened_by_bots(address: str, path: str) -> None:
    """Chat programs and mail filters look at links before people do."""
    async with httpx.AsyncClient(base_url=address) as bot:
        for _ in range(10):
            assert (await bot.head(path)).status_code == 200
            assert (await bot.get(path)).status_code == 200


async def _join(colleague: Page, path: str, code: str) -> None:
    await colleague.goto(path)
    await colleague.fill("#code", code.lower())
    await _press(colleague, "Tiếp tục")
    await colleague.fill("#login", "mai.tro")
    await colleague.fill("#password", FIRST)
    await colleague.check("#terms")
    await _press(colleague, "Mở tài khoản")
    await expect(colleague.get_by_role("heading", name="Nhà trọ Thử")).to_be_visible()


async def test_from_an_empty_house_to_a_ward_at_work(
    installation: Settings, address: str, open_browser: OpenBrowser
) -> None:
    await asyncio.to_thread(_make_administrator, installation)
    administrator, officer = await open_browser(), await open_browser()
    await _set_password(officer, await _make_officer(administrator), SECOND)

    phone = await open_browser(PHONE, scripts=False)
    facility = await _sign_up_and_register(phone, _in_the_ward(installation))
    await officer.goto("/ward")
    await _press(officer, re.compile("Kích hoạt"))
    await phone.goto(facility)
    await expect(phone.get_by_text("Đang chờ kích hoạt.")).to_have_count(0)

    host = await open_browser()
    await _sign_in(host, "+84912345678", FIRST)
    await _declare(host, facility, "Lê Thị Nháp")
    code, path = await _invite(host, facility)
    await _opened_by_bots(address, path)
    colleague = await open_browser()
    await _join(colleague, path, code)
    await _declare(colleague, facility, "Trần Văn Mẫu")

    await host.goto(f"{facility}/people")
    await _picture(host, "people")
    await _press(host, "Mã đặt lại mật khẩu Mai")
    other = await open_browser(PHONE)
    await other.goto("/forgotten")
    await _picture(other, "forgotten-phone", full=True)
    await _set_password(other, await _code(host), SECOND)
    await _is_out(colleague, facility)
    await _sign_in(colleague, "mai.tro", SECOND)
    await _is_in(colleague)

    await officer.goto(f"{facility}/people")
    await _press(officer, "Mã đặt lại mật khẩu Nguyễn Thị Thử")
    await _set_password(host, await _code(officer), SECOND)
    await _is_out(phone, facility)
    await _sign_in(phone, "0912345678", SECOND)
    await _is_in(phone)

    await officer.goto("/ward")
    for name in ("Lê Thị Nháp", "Trần Văn Mẫu"):
        await expect(officer.get_by_role("link", name=name).first).to_be_visible()

    await host.goto(f"{facility}/people")
    await host.get_by_role("row", name="Mai").get_by_text("Cho thôi việc ở đây").click()
    await _press(host, "Cho thôi việc Mai")
    await colleague.goto(facility.replace("/facilities/", "/desk/"))
    await expect(colleague.locator("#card_text")).to_have_count(0)
    await expect(colleague.get_by_text("Lê Thị Nháp")).to_have_count(0)
