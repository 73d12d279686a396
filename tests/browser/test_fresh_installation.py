"""An installation with areas and nobody in it: from the first administrator to hosts and software
that declare, lost passwords, and a colleague who goes.

`ASM_WRITE_PICTURES=1 pytest tests/browser/test_fresh_installation.py` takes the pictures of the
guides anew.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from asm.demo.cast import WARD_A, WARD_B
from asm.settings import Settings
from tests.browser.newcomers import (
    FIRST,
    SECOND,
    THIRD,
    code_on,
    confirm_address,
    declare,
    find_by_mail,
    invite,
    is_in,
    is_out,
    join,
    make_officer,
    opened_by_bots,
    picture,
    press,
    register,
    set_password,
    sign_in,
    sign_up,
    software_comes_and_goes,
)
from tests.browser.person import PATIENCE_MS, follow
from tests.browser.test_access import check
from tests.cli.commands_given import elsewhere
from tests.cli.test_commands import asm
from tests.faults.worker_process import until, worker_process
from tests.notify.servers import Mailbox, mail_server
from tests.serve import NO_CERTIFICATES, serve
from tests.services import TestServices

PHONE, DESK = (360, 740), (1366, 768)
MAIL = "thu@nhatro.test"
OpenBrowser = Callable[..., Awaitable[Page]]


def _run(installation: Settings, *command: str, stdin: str = "") -> None:
    """A command of the operator's guide."""
    done = asm(installation, *command, stdin=stdin)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def installation(services: TestServices, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """As the operator's guide makes it: keys, schema and areas; no account, no facility."""
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_fresh")
        fresh = replace(elsewhere(settings, path="/asm_fresh"), secrets_dir=tmp_path / "secrets")
        for command in (("keys", "init"), ("migrate",), ("areas", "init")):
            _run(fresh, *command)
        yield fresh
        connection.execute("DROP DATABASE asm_fresh WITH (FORCE)")


@pytest.fixture
async def mailbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """The installation's mail server."""
    async with mail_server(Mailbox()) as mailbox:
        monkeypatch.setenv("ASM_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
        monkeypatch.setenv("ASM_MAIL_FROM", "noreply@asm.test")
        yield mailbox


@pytest.fixture
async def address(installation: Settings, mailbox: Mailbox) -> AsyncIterator[str]:
    """Of the pages; the worker runs too, and has said so."""
    with serve(installation) as served, worker_process(installation):
        async with httpx.AsyncClient(base_url=served, verify=NO_CERTIFICATES) as monitor:

            async def works() -> bool:
                return (await monitor.get("/health/worker")).status_code == 200

            await until(works, "the worker's first sign of life")
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


def _in_the_ward(installation: Settings) -> str:
    with psycopg.connect(installation.admin_database_url) as connection:
        row = connection.execute(
            "SELECT format('%%s, %%s', ST_Y(centre), ST_X(centre)) FROM ward WHERE code = %s",
            [WARD_A],
        ).fetchone()
    assert row is not None
    return str(row[0])


async def _officers(installation: Settings, open_browser: OpenBrowser) -> tuple[Page, Page]:
    """The first administrator makes an officer in each of two wards; both are signed in."""
    create = ("account", "create", "goc", "--name", "Trần Thị Gốc")
    await asyncio.to_thread(_run, installation, *create, stdin=FIRST + "\n")
    administrator, officer, other = [await open_browser() for _ in range(3)]
    await sign_in(administrator, "goc", FIRST)
    steps = administrator.locator("[data-to-do] [data-step]")
    assert await _named(steps) == ["officers", "boundaries", "address", "facilities"]
    await check(administrator)
    await follow(administrator.get_by_role("link", name="Tạo cán bộ"))
    first = await make_officer(administrator, "Phạm Văn Cán", "can.bo.thu", WARD_A)
    second = await make_officer(administrator, "Đỗ Thị Khác", "can.bo.khac", WARD_B)
    await check(administrator)
    await picture(administrator, "officers")
    await set_password(officer, first, SECOND)
    await set_password(other, second, SECOND)
    return officer, other


async def test_from_an_empty_house_to_a_ward_at_work(
    installation: Settings, address: str, mailbox: Mailbox, open_browser: OpenBrowser
) -> None:
    officer, neighbour = await _officers(installation, open_browser)

    plain_phone = await open_browser(PHONE, scripts=False)
    await sign_up(plain_phone, "0912 345 678", MAIL)
    facility = await register(plain_phone, _in_the_ward(installation))
    await confirm_address(plain_phone, mailbox, MAIL)
    await officer.goto("/ward/waiting")
    await press(officer, re.compile("Kích hoạt"))
    await plain_phone.goto(facility)
    await expect(plain_phone.get_by_text("Đang chờ kích hoạt.")).to_have_count(0)
    await _the_administrator_comes_back(open_browser)

    phone, host = await open_browser(PHONE), await open_browser()
    await sign_in(phone, "0912345678", FIRST)
    await declare(phone, facility, "Lê Thị Nháp")
    await sign_in(host, "+84912345678", FIRST)
    code, path = await invite(host, facility)
    await opened_by_bots(address, path)
    colleague = await open_browser(PHONE)
    await join(colleague, path, code)
    await declare(colleague, facility, "Trần Văn Mẫu")

    await _passwords_lost_and_found(
        facility, mailbox, open_browser, host=host, colleague=colleague, officer=officer
    )
    await is_out(phone, facility)

    for name in ("Lê Thị Nháp", "Trần Văn Mẫu"):
        await officer.goto("/ward/guests")
        await expect(officer.get_by_role("link", name=name).first).to_be_visible()
        await neighbour.goto("/ward/guests")
        await expect(neighbour.get_by_role("heading", name="lượt khách trong đêm")).to_be_visible()
        await expect(neighbour.get_by_text(name)).to_have_count(0)
    seen = await neighbour.goto(facility)
    assert seen is not None
    assert seen.status == 404

    await host.goto(f"{facility}/people")
    await host.get_by_role("row", name="Mai").get_by_text("Cho thôi việc ở đây").click()
    await press(host, "Cho thôi việc Mai")
    await colleague.goto(facility.replace("/facilities/", "/desk/"))
    await expect(colleague.locator("#card_text")).to_have_count(0)
    await expect(colleague.get_by_text("Lê Thị Nháp")).to_have_count(0)
    await software_comes_and_goes(host, facility, address, THIRD)


async def _named(steps: Locator) -> list[str | None]:
    return [await step.get_attribute("data-step") for step in await steps.all()]


async def _the_administrator_comes_back(open_browser: OpenBrowser) -> None:
    """Less is left to do. A facility is active now: theirs to see, not to declare for."""
    administrator = await open_browser()
    await sign_in(administrator, "goc", FIRST)
    steps = administrator.locator("[data-to-do] [data-step]")
    assert await _named(steps) == ["backup", "boundaries", "address"]
    await follow(administrator.get_by_role("link", name="Cơ sở", exact=True))
    await follow(administrator.get_by_role("link", name="Nhà trọ Thử"))
    await expect(administrator.get_by_role("heading", name="Nhà trọ Thử")).to_be_visible()
    await is_in(administrator)


async def _passwords_lost_and_found(
    facility: str,
    mailbox: Mailbox,
    open_browser: OpenBrowser,
    *,
    host: Page,
    colleague: Page,
    officer: Page,
) -> None:
    """The colleague's by the owner's code, the host's by mail and by the ward's code."""
    await host.goto(f"{facility}/people")
    await check(host)
    await picture(host, "people")
    await press(host, "Mã đặt lại mật khẩu Mai")
    await set_password(await open_browser(PHONE), await code_on(host), SECOND)
    await is_out(colleague, facility)
    await sign_in(colleague, "mai.tro", SECOND)

    phone = await open_browser(PHONE)
    code = await find_by_mail(phone, mailbox, "0912 345 678", MAIL)
    await set_password(phone, code, SECOND)
    await is_out(host, facility)

    await officer.goto(f"{facility}/people")
    await press(officer, "Mã đặt lại mật khẩu Nguyễn Thị Thử")
    await set_password(host, await code_on(officer), THIRD)
    await is_out(phone, facility)
    await sign_in(phone, "0912345678", THIRD)
    await is_in(host)
