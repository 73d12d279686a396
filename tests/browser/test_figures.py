"""Figures in a real browser: at both widths, light and dark, on paper, by keyboard."""

from datetime import UTC, datetime
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import SIZES
from tests.browser.person import Person, follow
from tests.browser.test_access import OF_AXE
from tests.conftest import Database
from tests.web.figures.counted_nights import count_nights

VIEWS = ("overview", "origins", "season", "labour")
#: Luminance of the page's ground, as a part of white.
_GROUND = """() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g)
  .slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765"""
_LETTERS = """() => [...document.querySelectorAll(".plot text")]
  .map((letters) => Math.round(letters.getBoundingClientRect().height))"""


@pytest.fixture
def counted(database: Database) -> None:
    count_nights(database.admin_url, datetime.now(UTC))


async def look(page: Page) -> None:
    """No finding of axe of any weight, and the page fits its window."""
    results = await Axe().run(page, options=OF_AXE)
    violations = [(item["id"], item["nodes"][0]["html"]) for item in results.response["violations"]]
    assert violations == []
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_view_is_clear_on_both_grounds(
    size: str, ground: Literal["light", "dark"], browser: Browser, person: Person, counted: None
) -> None:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", color_scheme=ground
    )
    page = await context.new_page()
    await person.sign_in(page, "minh")
    for view in VIEWS:
        await page.goto(f"{person.address}/ward/figures?view={view}")
        assert (await page.evaluate(_GROUND) > 0.5) is (ground == "light")
        await look(page)
    await context.close()


async def test_letters_of_a_chart_are_as_large_on_a_phone_as_on_a_desk(
    desk_page: Page, person: Person, counted: None
) -> None:
    await person.sign_in(desk_page, "minh")
    await desk_page.goto(f"{person.address}/ward/figures")
    large = await desk_page.evaluate(_LETTERS)
    await desk_page.set_viewport_size({"width": 360, "height": 740})
    assert await desk_page.evaluate(_LETTERS) == large
    assert len(set(large)) == 1


async def test_paper_is_light_and_has_no_buttons(
    desk_page: Page, person: Person, counted: None
) -> None:
    await person.sign_in(desk_page, "minh")
    await desk_page.emulate_media(media="print", color_scheme="dark")
    await desk_page.goto(f"{person.address}/ward/figures")
    await expect(desk_page.locator(".plot").first).to_be_visible()
    for gone in (".masthead", ".tabs", ".presets", ".filters", ".footer"):
        await expect(desk_page.locator(gone).first).to_be_hidden()
    ink, quiet = await desk_page.evaluate(
        """() => ["--paper", "--ink"].map((name) =>
          getComputedStyle(document.documentElement).getPropertyValue(name).trim())"""
    )
    assert (ink, quiet) == ("#fff", "#14211c")


async def test_filters_work_without_a_script(
    plain_page: Page, person: Person, counted: None
) -> None:
    await person.sign_in(plain_page, "minh")
    await plain_page.goto(f"{person.address}/ward/figures?view=origins")
    await plain_page.get_by_text("Chọn khu vực, đêm").click()
    await plain_page.select_option("#tourism", "no")
    await follow(plain_page.get_by_role("button", name="Xem", exact=True))
    assert "tourism=no" in plain_page.url
    assert "view=origins" in plain_page.url
    await expect(plain_page.locator("main")).to_contain_text("Không có lượt khách nào")
    await follow(plain_page.get_by_role("link", name="Đông, vắng"))
    await expect(plain_page.locator("#tourism")).to_have_value("no")
