"""The ward's work list and facilities as an officer sees them: by keyboard, at both widths."""

import os
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.browser.person import Person
from tests.web.ward.test_flags import raise_flags

PICTURES = os.environ.get("ASM_PICTURES")
Scheme = Literal["light", "dark"]


async def violations(page: Page, name: str) -> list[object]:
    """What axe names, and a page that is wider than its window."""
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    results = await Axe().run(page, options={"resultTypes": ["violations"], "selectors": False})
    named = [(item["id"], item["nodes"][0]["html"]) for item in results.response["violations"]]
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [*named, *([("sideways", wide)] if wide > window else [])]


async def some_work(session: AsyncSession, cast: Cast) -> None:
    for check_id in ("guest-without-papers", "overstay", "more-guests-than-beds"):
        await raise_flags(session, cast, check_id, 1)
    await session.execute(
        text("UPDATE flag SET severity = 'high' WHERE check_id = 'guest-without-papers'")
    )
    await session.commit()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_at_both_widths_light_and_dark(
    scheme: Scheme, page: Page, person: Person, admin_session: AsyncSession
) -> None:
    await some_work(admin_session, person.cast)
    size = "desk" if (page.viewport_size or {"width": 0})["width"] > 400 else "phone"
    await page.emulate_media(color_scheme=scheme)
    await person.sign_in(page, "minh")
    house = person.cast.hoa_sen
    for name, path in (
        ("list", "/ward/flags"),
        ("passed", "/ward/flags/passed"),
        ("houses", "/ward/facilities"),
        ("house", f"/ward/facilities/{house}"),
        ("assist-choose", "/ward/assist"),
        ("assist", f"/ward/assist/{house}"),
        ("new", "/ward/facilities/new"),
    ):
        await page.goto(person.address + path)
        assert await violations(page, f"{name}-{size}-{scheme}") == []
    await page.goto(f"{person.address}/ward/flags")
    await page.click("[data-cases] tbody th a")
    assert await violations(page, f"case-{size}-{scheme}") == []


async def test_the_list_is_worked_through_by_keyboard(
    page: Page, person: Person, admin_session: AsyncSession
) -> None:
    await some_work(admin_session, person.cast)
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/flags")
    links = page.locator("[data-cases] tbody th a")
    await expect(links).to_have_count(3)
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(links.nth(0)).to_be_focused()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    first = page.url
    async with page.expect_navigation():
        await page.keyboard.press("j")
    assert page.url != first
    await page.focus("#remark")
    await page.keyboard.press("k")
    await expect(page.locator("#remark")).to_have_value("k")
    await page.locator("h1").click()
    async with page.expect_navigation():
        await page.keyboard.press("k")
    assert page.url == first
    await page.fill("#note", "đã gọi")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Ghi kết quả").click()
    await expect(page.locator(".done")).to_contain_text("Đã gọi, cơ sở sửa")
    await expect(links).to_have_count(2)
