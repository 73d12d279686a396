"""Pictures of the officers' guides, with the demo's people. No test of the suite, which has its own
for each page; whoever wants them anew names this file:

`ASM_WRITE_PICTURES=1 .venv/bin/python -m pytest tests/browser/guide_pictures.py`
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, Page, expect

from asm.settings import Settings
from tests.browser.newcomers import picture, press, sign_in
from tests.browser.person import PATIENCE_MS, follow
from tests.cli.commands_given import elsewhere
from tests.cli.test_commands import asm
from tests.faults.worker_process import until, worker_process
from tests.people import fresh_key, fresh_number, guest, party
from tests.serve import NO_CERTIFICATES, serve
from tests.services import TestServices
from tests.web.figures.counted_nights import count_nights

DESK, PHONE = (1280, 800), (360, 740)
NOTE = "Gia đình báo không liên lạc được từ hôm qua"
CASE = "12/TB-2026"
NIGHTS = 450
#: Busier on Fridays and Saturdays, in summer, and a little more from month to month.
_FACTOR = (
    "(0.6 + 0.25 * (extract(isodow FROM night) IN (5, 6))::int "
    "+ 0.2 * sin((extract(doy FROM night) - 90) / 58.0) "
    "+ 0.02 * (extract(day FROM night)::int * 7 % 5) + (night - date '2026-01-01') / 2500.0)"
)
_VARY = {
    "night_total": ("arrivals", "guest_nights", "departures", "declared", "stays", "length_1"),
    "ward_night": ("rooms_occupied", "known_nights"),
    "origin_night": ("arrivals", "guest_nights"),
}


@dataclass
class Demo:
    """A running demo: its address, its people's passwords by login, and a browser."""

    browser: Browser
    address: str
    passwords: dict[str, str]
    admin_url: str

    @asynccontextmanager
    async def page(
        self, login: str | None = None, size: tuple[int, int] = DESK
    ) -> AsyncIterator[Page]:
        """Of somebody who is signed in; None is a stranger."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            color_scheme="light",
            base_url=self.address,
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        if login is not None:
            await sign_in(page, login, self.passwords[login])
        yield page
        await context.close()

    async def step_up(self, page: Page, login: str, path: str) -> None:
        """Open what asks for the password once more, and give it."""
        await page.goto(path)
        if await page.locator("main #password").count():
            await page.fill("#password", self.passwords[login])
            await follow(page.locator("main form button[type=submit]"))
            await page.goto(path)

    async def declare(self, number: str, name: str) -> str:
        """A guest of Lan's hotel; the receipt's number."""
        async with httpx.AsyncClient(base_url=self.address, verify=NO_CERTIFICATES) as client:
            answer = await client.post(
                "/api/v1/tokens",
                json={"login": "lan", "password": self.passwords["lan"], "label": "pictures"},
            )
            bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
            houses = (await client.get("/api/v1/facilities", headers=bearer)).json()
            stays = await client.post(
                f"/api/v1/facilities/{houses[0]['id']}/stays",
                json=party(guest(document_number=number, full_name=name), room="101"),
                headers=bearer | fresh_key(),
            )
            assert stays.status_code == 201, stays.text
            return str(stays.json()["results"][0]["receipt"]["number"])


@pytest.fixture
def settled(
    services: TestServices, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A database of its own, as `make demo` fills it; what `asm seed` printed is in a file."""
    monkeypatch.setenv("ASM_DEMO_INTO", "asm_pictures")
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_pictures")
        fresh = replace(elsewhere(settings, path="/asm_pictures"), secrets_dir=tmp_path / "secrets")
        for command in (("keys", "init"), ("migrate",), ("seed",)):
            done = asm(fresh, *command)
            assert done.returncode == 0, done.stderr
        (tmp_path / "accounts.json").write_text(done.stdout[done.stdout.index("[\n") :], "utf-8")
        yield fresh
        connection.execute("DROP DATABASE asm_pictures WITH (FORCE)")


@pytest.fixture
async def demo(browser: Browser, settled: Settings, tmp_path: Path) -> AsyncIterator[Demo]:
    accounts = json.loads((tmp_path / "accounts.json").read_text("utf-8"))
    with serve(settled) as address, worker_process(settled):
        async with httpx.AsyncClient(base_url=address, verify=NO_CERTIFICATES) as client:

            async def published() -> bool:
                return "ngày khách" in (await client.get("/open")).text

            await until(published, "the worker publishes the newest week")
        yield Demo(
            browser,
            address,
            {a["login"]: a["password"] for a in accounts},
            settled.admin_database_url,
        )


async def _ward(demo: Demo) -> None:
    async with demo.page("minh") as page:
        await page.goto("/ward/flags")
        await picture(page, "ward-flags", full=True)
        await page.locator("[data-cases] tbody th a").first.click()
        await picture(page, "ward-flag", full=True)
        await page.goto("/ward/facilities")
        await picture(page, "ward-facilities", full=True)
        await follow(page.get_by_role("link", name="Khách sạn Hoa Sen").first)
        await picture(page, "ward-facility", full=True)
        await page.goto("/ward/assist")
        await follow(page.get_by_role("link", name="Nhà trọ Hải Yến").first)
        await picture(page, "ward-assist", full=True)
        await page.goto("/ward/shift")
        await page.fill("#note", "Nhà trọ Hải Yến hẹn khai sau 22 giờ: gọi lại.")
        await press(page, "Ghi bàn giao")
        await picture(page, "ward-shift")


async def _look_up(demo: Demo) -> None:
    number = fresh_number()
    receipt = await demo.declare(number, "Lê Thị Hoa")
    async with demo.page("minh") as page:
        await demo.step_up(page, "minh", "/lookups")
        await page.fill("#number", number)
        await page.select_option("#reason", "missing")
        await page.fill("#note", NOTE)
        await page.fill("#case_number", CASE)
        await picture(page, "look-up", full=True)
        await press(page, "Tra cứu và ghi lại")
        await expect(page.locator("[data-shown]")).to_contain_text("Lê Thị Hoa")
    async with demo.page("quang") as page:
        await page.goto("/lookups/seen")
        await picture(page, "look-ups-seen", full=True)
    async with demo.page(size=PHONE) as page:
        await page.goto("/mine")
        await page.fill("#number", number)
        await page.fill("#receipt", receipt)
        await press(page, "Xem lượt này")
        await picture(page, "mine-phone", full=True)


async def _offices(demo: Demo) -> None:
    async with demo.page("quang") as page:
        await picture(page, "province", full=True)
        await demo.step_up(page, "quang", "/watchlists/new")
        await page.get_by_label("Tên danh sách").fill("Truy tìm tháng này")
        await page.get_by_label("Lý do theo dõi").fill("Quyết định truy tìm số 12")
        until_day = date.today() + timedelta(days=30)  # noqa: DTZ011 -- any day ahead
        await page.get_by_label("Hiệu lực đến hết ngày").fill(until_day.isoformat())
        rows = f"{fresh_number()}\n{fresh_number()}\n1234\n".encode()
        file = {"name": "so.csv", "mimeType": "text/csv", "buffer": rows}
        await page.set_input_files("#file", file)  # type: ignore[arg-type]  # not on disk
        await press(page, "Xem trước")
        await picture(page, "watch-list-preview", full=True)
        await press(page, "Xác nhận, bắt đầu theo dõi")
        await page.goto("/watchlists")
        await picture(page, "watch-lists")
    async with demo.page("quang", PHONE) as page:
        await picture(page, "province-phone")
    async with demo.page("nga") as page:
        await picture(page, "country", full=True)


def _more_nights(admin_url: str) -> None:
    """Instead of the demo's month: 450 nights with weekends and a season, so that charts show one.
    The worker has compared the totals before.
    """
    with psycopg.connect(admin_url) as connection:
        # What is written so is no correction of figures that somebody read.
        connection.execute("SELECT set_config('asm.recounting', 'yes', false)")
        for table in _VARY:
            connection.execute(f"DELETE FROM {table}")
    count_nights(admin_url, datetime.now(UTC), NIGHTS)
    with psycopg.connect(admin_url) as connection:
        connection.execute("SELECT set_config('asm.recounting', 'yes', false)")
        for table, measures in _VARY.items():
            changes = ", ".join(f"{name} = {name} * {_FACTOR}" for name in measures)
            connection.execute(f"UPDATE {table} SET {changes}")


async def _figures(demo: Demo) -> None:
    async with demo.page("minh") as page:
        await page.goto("/ward/figures?view=labour")
        await picture(page, "figures-labour", full=True)
        _more_nights(demo.admin_url)
        for view in ("overview", "origins", "season"):
            await page.goto(f"/ward/figures?view={view}")
            await picture(page, f"figures-{view}", full=True)
    async with demo.page() as page:
        await page.goto("/open")
        await picture(page, "open", full=True)
    async with demo.page(size=PHONE) as page:
        await page.goto("/open")
        await picture(page, "open-phone")


async def test_pictures_of_the_guides(demo: Demo) -> None:
    async with asyncio.timeout(600):
        for scene in (_ward, _look_up, _offices, _figures):
            await scene(demo)
