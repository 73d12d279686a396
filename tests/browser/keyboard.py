"""Pages by keyboard alone, gone back from and loaded again."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.person import painted
from tests.browser.test_access import check

PICTURES = os.environ.get("ASM_PICTURES")
#: What has the keyboard: its tag, id and words, and whether a ring is drawn around it.
_FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e);
  return [e.tagName, e.id, e.innerText?.trim().slice(0, 60) ?? "",
    s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2]; }"""
_STEPS = 90


async def look(page: Page, name: str) -> None:
    if PICTURES:
        wide = (page.viewport_size or {"width": 0})["width"]
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(
                path=Path(PICTURES) / f"{name}-{wide}-{scheme}.png", full_page=True
            )
        await page.emulate_media(color_scheme="light")
    await check(page)


async def tab_to(page: Page, selector: str) -> None:
    """By Tab alone, with a ring around all that is passed."""
    await painted(page)
    for _ in range(_STEPS):
        await page.keyboard.press("Tab")
        tag, given, said, ringed = await page.evaluate(_FOCUSED)
        if tag in {"BODY", "HTML"}:
            continue
        assert ringed, (tag, given, said)
        if await page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} is not reached by Tab on {page.url}")


async def press(page: Page, selector: str) -> None:
    """Reach it by Tab and press Enter, until the page that it leads to is there."""
    await tab_to(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def announced(page: Page, said: str) -> None:
    """The deed's outcome is said, and the keyboard goes on from there."""
    spoken = page.locator("[role=status], [role=alert]").filter(has_text=said)
    await expect(spoken).to_be_visible()
    await expect(page.locator(":focus")).to_have_attribute("data-focus", "")


async def goes_back_and_forth(page: Page) -> None:
    """Loaded again, back and forth: pages, never the question whether to send a form again."""
    here = page.url
    for move in (page.reload, page.go_back, page.go_forward):
        answer = await move()
        assert answer is None or answer.request.method == "GET", (here, answer.request.method)
        await expect(page.locator("h1").first).to_be_visible()
    assert page.url == here
