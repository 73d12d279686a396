"""The published figures as a newspaper reads them: on both widths, in dark, without a script."""

from datetime import timedelta

import msgspec
import pytest
from playwright.async_api import Page, expect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.published.read_week import newest_final
from asm.analytics.published.release import publish_week
from asm.db.rls import database_now
from asm.db.session import one_transaction
from tests.analytics.published.in_process import compute_in_process
from tests.analytics.published.stored import store
from tests.analytics.published.weeks import invented_week
from tests.browser.person import Person
from tests.browser.test_access import check


@pytest.fixture
async def two_weeks(
    admin_session: AsyncSession, worker_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Two weeks of two provinces are out; the newer release."""
    compute_in_process(monkeypatch)
    newest = newest_final(await database_now(admin_session))
    release = ""
    for number, monday in enumerate((newest - timedelta(days=7), newest)):
        week = msgspec.structs.replace(
            invented_week(number + 1, provinces=2, guests=300), monday=monday
        )
        await store(admin_session, week, until=newest + timedelta(days=20))
        async with one_transaction(worker_engine) as session:
            done = await publish_week(session, monday, "https://asm.example.vn")
            release = str(done.release)
    return release


async def test_the_newest_week_light_and_dark(
    desk_page: Page, person: Person, two_weeks: str
) -> None:
    await desk_page.goto(f"{person.address}/open")
    await expect(desk_page.locator("h1")).to_contain_text("ngày khách")
    await expect(desk_page.locator("figure svg.plot")).to_be_visible()
    await desk_page.set_viewport_size({"width": 360, "height": 740})
    for scheme in ("light", "dark"):
        await desk_page.emulate_media(color_scheme=scheme)
        await check(desk_page)
    await desk_page.get_by_role("link", name="Đà Nẵng", exact=True).first.click()
    await expect(desk_page).to_have_url(f"{person.address}/open/{two_weeks}?area=48")
    await desk_page.goto(f"{person.address}/open/definitions")
    await check(desk_page)


async def test_without_a_script(plain_page: Page, person: Person, two_weeks: str) -> None:
    await plain_page.goto(f"{person.address}/open")
    await expect(plain_page.locator("main")).to_contain_text("nhỏ hơn 10")
    async with plain_page.expect_download() as started:
        await plain_page.locator(".buttons a", has_text="CSV").click()
    download = await started.value
    assert download.suggested_filename == f"{two_weeks}-guests.csv"
