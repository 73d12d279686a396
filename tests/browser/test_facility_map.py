"""The map on which a facility's place is found: by hand, by the device, with a pin."""

from typing import Any

import psycopg
from playwright.async_api import Page, expect

from asm.demo.cast import WARD_A, WARD_B
from tests.browser.drawing import OpenMapPage, expect_painted
from tests.browser.person import Person, follow
from tests.browser.requests import look_at_requests
from tests.browser.test_access import check
from tests.conftest import Database

LAND = (251, 250, 246)


def ask(database: Database, query: str, *values: object) -> tuple[Any, Any]:
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0], row[1]


async def test_a_pin_finds_the_ward(
    open_map_page: OpenMapPage, person: Person, database: Database
) -> None:
    page, listener = await open_map_page("phone")
    await person.sign_in(page, "hai")
    await page.goto(f"{person.address}/facilities/new")
    latitude, longitude = page.locator("#latitude"), page.locator("#longitude")
    ward = page.locator("[data-ward-answer]")
    assert not any("maplibre" in url for url in listener.requested), "no map before it is wanted"
    await page.click("[data-open-map]")
    await expect(page.locator("[data-map] canvas")).to_be_visible()
    await check(page)
    # By hand: the wrong way round first.
    here = ask(database, "SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = %s", WARD_A)
    await latitude.fill(str(here[1]))
    await longitude.fill(str(here[0]))
    await longitude.press("Tab")
    await expect(ward).to_contain_text("bị đảo")
    await ward.locator("button").click()
    await expect(latitude).to_have_value(f"{here[0]:.6f}")
    await expect(ward).to_contain_text("Phường Hoàn Kiếm, Thành phố Hà Nội")
    await expect(ward).to_contain_text("ranh giới gần đúng")
    # In the middle of the South China Sea.
    await latitude.fill("14.0")
    await longitude.fill("113.5")
    await longitude.press("Tab")
    await expect(ward).to_contain_text("không nằm trong")
    # From the device.
    there = ask(database, "SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = %s", WARD_B)
    await page.context.set_geolocation({"latitude": there[0], "longitude": there[1]})
    await page.click("[data-locate]")
    await expect(latitude).to_have_value(f"{there[0]:.6f}")
    await expect(ward).to_contain_text("Phường Ba Đình")
    # With the pin: drag it, then put it where the keyboard has moved the map to.
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await drag_pin(page, 60, -40)
    await expect(latitude).not_to_have_value(f"{there[0]:.6f}")
    moved = (float(await latitude.input_value()), float(await longitude.input_value()))
    assert 0 < moved[0] - there[0] < 0.01, "north"
    assert 0 < moved[1] - there[1] < 0.01, "east"
    await page.click("[data-pin-here]")
    await expect(latitude).not_to_have_value(f"{moved[0]:.6f}")
    await expect(ward).to_contain_text("Phường Ba Đình")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-approximate]").first).to_be_visible()
    await expect_painted(page, 2000, LAND)
    assert listener.outside(person.address) == []
    assert listener.but(422) == []


async def test_the_register_says_how_a_point_was_found(
    open_map_page: OpenMapPage, person: Person, database: Database
) -> None:
    """By the device, then with the pin, then by typing: each is written down with its accuracy."""
    page, listener = await open_map_page("phone")
    there = await begin_to_register(page, person, database)
    await page.context.set_geolocation(
        {"latitude": there[0], "longitude": there[1], "accuracy": 12.4}
    )
    await page.click("[data-locate]")
    await expect(page.locator("#latitude")).to_have_value(f"{there[0]:.6f}")
    await send(page)
    facility_id = page.url.rpartition("/")[2]
    held = "SELECT point_source, accuracy_m FROM digital_address WHERE facility_id = %s"
    assert ask(database, held, facility_id) == ("phone_gps", 13)
    await page.goto(f"{person.address}/facilities/{facility_id}/edit")
    await page.click("[data-open-map]")
    await expect(page.locator(".pin")).to_be_visible()
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await drag_pin(page, 30, -20)
    await expect(page.locator("[name=point_source]")).to_have_value("map_click")
    await send(page)
    source, metres = ask(database, held, facility_id)
    assert source == "map_click"
    assert 5 < metres < 50, "what a finger covers at this zoom"
    await page.goto(f"{person.address}/facilities/{facility_id}/edit")
    await page.fill("#latitude", f"{there[0] + 0.0003:.6f}")
    await send(page)
    assert ask(database, held, facility_id) == ("correction", None)
    assert listener.outside(person.address) == []
    assert listener.said == []


async def test_what_is_shown_takes_no_click_away(
    open_map_page: OpenMapPage, person: Person, database: Database
) -> None:
    """Pressing the button ends the typing, whose ward is then told above the button."""
    page, _ = await open_map_page("desk")
    await look_at_requests(page)
    lat, lon = await begin_to_register(page, person, database)
    await page.fill("#longitude", f"{lon:.6f}")
    await page.fill("#latitude", f"{lat:.6f}")
    await page.press("#latitude", "Tab")
    await expect(page.locator("[data-ward-answer]")).not_to_be_empty()
    await page.fill("#latitude", f"{lat + 0.0003:.6f}")
    await page.set_viewport_size({"width": 1280, "height": 2000})  # nothing is scrolled
    await page.locator("main form button[type=submit]").hover()
    await page.route("**/wards/at", lambda _: None)  # a slow line: no answer yet
    async with page.expect_request("**/wards/at"):
        await page.mouse.down()
    async with page.expect_navigation():
        await page.mouse.up()
    await expect(page.locator("main h1")).to_have_text("Nhà trọ Ghim")


async def begin_to_register(page: Page, person: Person, database: Database) -> tuple[float, float]:
    """All but the place of a new house; latitude and longitude of the middle of its ward."""
    await person.sign_in(page, "hai")
    await page.goto(f"{person.address}/facilities/new")
    await page.select_option("#kind", "boarding_house")
    await page.fill("#name", "Nhà trọ Ghim")
    await page.fill("#address_text", "1 Phố Thử")
    lat, lon = ask(database, "SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = %s", WARD_A)
    return lat, lon


async def send(page: Page) -> None:
    await follow(page.locator("main form button[type=submit]"))
    await expect(page.locator("main h1")).to_have_text("Nhà trọ Ghim")


async def drag_pin(page: Page, right: int, down: int) -> None:
    """Press on the pin, move in steps as a hand does, let go."""
    await page.locator(".pin").hover()  # it stands still
    box = await page.locator(".pin").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in (1, 2, 3):
        await page.mouse.move(x + right * step / 3, y + down * step / 3)
    await page.mouse.up()
