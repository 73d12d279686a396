"""The public map, and pages with a map where none can be drawn."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import SIZES
from tests.browser.drawing import OpenMapPage, expect_painted
from tests.browser.person import Person, follow
from tests.browser.test_access import check

#: Colours of the style: a disc with a count, and neighbouring provinces.
COUNT = (11, 93, 78)
TINTS = [(223, 233, 201), (243, 227, 195), (207, 229, 223), (236, 217, 227), (217, 220, 240)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_public_map(
    open_map_page: OpenMapPage, person: Person, size: str, hotel_in_the_middle: None
) -> None:
    """Nobody is signed in: the country, a province, then the places of its streets by zooming."""
    page, listener = await open_map_page(size)
    await page.goto(f"{person.address}/map")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-map] canvas")).to_be_visible()
    await expect(page.locator("p[data-approximate]")).to_be_visible()
    await expect_painted(page, 2000, *TINTS)  # provinces differ
    await expect_painted(page, 50, COUNT)  # a disc with a count
    await page.click("[data-ward-here]")
    await expect(page.locator("[data-ward-answer]")).not_to_be_empty()
    await check(page)
    await page.select_option("#province", "01")
    await follow(page.locator("main form[action^='/map'] button"))
    await expect(page.locator("#tables table")).to_contain_text("Khách sạn Hoa Sen")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-map] canvas")).to_be_visible()
    await check(page)
    assert listener.outside(person.address) == []
    # The middle of the country is the sea, which is in no ward.
    assert listener.but(422) == []


async def test_the_public_map_without_webgl_or_scripts(
    desk_page: Page, plain_page: Page, person: Person
) -> None:
    await desk_page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    for page in (desk_page, plain_page):
        await page.goto(f"{person.address}/map?province=01")
        await expect(page.locator("#tables table")).to_contain_text("Khách sạn Hoa Sen")
        await expect(page.locator("[data-map]")).to_be_hidden()
    await expect(desk_page.locator(".without-map")).to_be_visible()


async def test_without_webgl_the_tables_say_it_all(desk_page: Page, person: Person) -> None:
    # An old phone, or a browser that may not use the graphics card.
    await desk_page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    await person.sign_in(desk_page, "minh")
    await desk_page.goto(f"{person.address}/ward/map")
    await desk_page.locator("[data-night-map]").scroll_into_view_if_needed()
    await expect(desk_page.locator(".without-map")).to_be_visible()
    await expect(desk_page.locator("[data-map]")).to_be_hidden()
    await expect(desk_page.locator("main h2").first).to_contain_text("Cơ sở đêm này")
    await expect(desk_page.locator("main table")).to_contain_text("Hoa Sen")
    await person.sign_out(desk_page)
    await person.sign_in(desk_page, "hai")
    await desk_page.goto(f"{person.address}/facilities/new")
    await desk_page.click("[data-open-map]")
    await expect(desk_page.locator("[data-no-map]")).to_be_visible()
    await expect(desk_page.locator("[data-map-shell]")).to_be_hidden()


async def test_without_scripts_there_is_no_map(plain_page: Page, person: Person) -> None:
    await person.sign_in(plain_page, "minh")
    await plain_page.goto(f"{person.address}/ward/map")
    await expect(plain_page.locator("[data-night-map]")).to_have_count(1)
    await expect(plain_page.locator("[data-night-map]")).to_be_hidden()
    await expect(plain_page.locator("main")).to_contain_text("Khách sạn Hoa Sen")
