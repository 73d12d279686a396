"""Maps in a Chromium that draws them in software: what is painted, found, and moved."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from asm.seed import WARD_A, WARD_B, Cast
from tests.browser.conftest import QUIET, SIZES, chromium_path
from tests.browser.person import Person
from tests.browser.test_access import check
from tests.conftest import Database
from tests.people import fresh_key, party, sign_in

#: Drawing in software beside other work takes its time; nothing here says how much.
PATIENCE_MS = 90_000
DRAWING = (
    *(flag for flag in QUIET if flag != "--disable-gpu"),
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
#: Colours of the style: the officer's own ward, who is silent, who has declared, the land.
OWN, SILENT, DECLARED, LAND = (213, 235, 226), (166, 27, 27), (23, 102, 58), (251, 250, 246)
COUNT = (11, 93, 78)
TINTS = [(223, 233, 201), (243, 227, 195), (207, 229, 223), (236, 217, 227), (217, 220, 240)]
MOST_BYTES = 470_000


@pytest.fixture(scope="module")
async def drawing_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=chromium_path(), args=list(DRAWING)
        )
        yield opened
        await opened.close()


class Listener:
    """What a context asked for and what its pages complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def outside(self, address: str) -> list[str]:
        return [url for url in self.asked if not url.startswith(f"{address}/")]


async def open_page(browser: Browser, size: str) -> tuple[Page, Listener]:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="vi-VN",
        # The map then jumps instead of gliding, and is where it was sent to at once.
        reduced_motion="reduce",
        geolocation={"latitude": 21.03, "longitude": 105.85},
        permissions=["geolocation"],
    )
    context.set_default_timeout(PATIENCE_MS)
    return await context.new_page(), Listener(context)


async def colours(page: Page) -> Counter[tuple[int, ...]]:
    """How often each colour stands on the map as it is seen."""
    picture = Image.open(io.BytesIO(await page.locator("[data-map]").screenshot()))
    found = picture.convert("RGB").getcolors(picture.width * picture.height)
    assert found is not None
    return Counter({colour: count for count, colour in found if isinstance(colour, tuple)})


def ask(database: Database, query: str, *values: object) -> tuple[Any, Any]:
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.fixture
def hotel_in_the_middle(database: Database, cast: Cast) -> None:
    """The hotel where the ward's map has its middle, a little away from the others."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "UPDATE facility SET point = (SELECT ST_Centroid(ST_Envelope(boundary)) FROM ward "
            "WHERE code = %s) WHERE id = %s",
            [WARD_A, cast.hoa_sen],
        )


def weight(address: str, asked: list[str], cookie: dict[str, str]) -> Iterator[int]:
    """Bytes of each address as they cross the line, packed."""
    told = {"accept-encoding": "gzip"}
    with httpx.Client(cookies=cookie, headers=told, timeout=PATIENCE_MS / 1000) as client:
        for url in dict.fromkeys(asked):
            with client.stream("GET", url) as answer:
                for _ in answer.iter_raw():
                    pass
                yield answer.num_bytes_downloaded


async def test_the_officer_sees_the_night_on_a_map(
    drawing_browser: Browser,
    person: Person,
    cast: Cast,
    hotel_in_the_middle: None,
) -> None:
    async with httpx.AsyncClient(base_url=person.address, timeout=PATIENCE_MS / 1000) as client:
        lan = await sign_in(client, cast, "lan")
        told = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
        )
        assert told.status_code == 201, told.text
    page, listener = await open_page(drawing_browser, "desk")
    await person.sign_in(page, "minh")
    listener.asked.clear()
    await page.goto(f"{person.address}/ward")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    links = page.locator("[data-in-view] li")
    await expect(links).to_have_count(3, timeout=PATIENCE_MS)
    assert [text.partition(" – ") [2] for text in await links.all_inner_texts()] == [
        "chưa khai báo, khách: 0", "chưa khai báo, khách: 0", "đã khai báo, khách: 1",
    ]  # fmt: skip
    await expect(page.locator("[data-approximate]")).to_be_visible()
    await expect(page.locator("figcaption")).to_contain_text("Ranh giới gần đúng")
    await expect(page.locator("[data-trouble]")).to_be_hidden()
    painted = await colours(page)
    assert painted[OWN] > 2000, "the ward is filled"
    assert painted[SILENT] > 50, "a diamond"
    assert painted[DECLARED] > 50, "a disc"
    assert painted[LAND] > 2000, "the neighbours are not"
    await check(page)
    assert listener.outside(person.address) == []
    cookies = {c["name"]: c["value"] for c in await page.context.cookies()}
    assert 400_000 < sum(weight(person.address, listener.asked, cookies)) <= MOST_BYTES
    # A click on the sign leads to its link, and so does the Tab key; Enter opens the facility.
    await page.locator("[data-map] canvas").click()
    await expect(page.locator("[data-in-view] a:focus")).to_have_text("Khách sạn Hoa Sen")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/facilities/{cast.hoa_sen}")
    assert listener.complaints == []
    await page.context.close()


async def test_the_map_follows_the_keyboard(
    drawing_browser: Browser, person: Person, hotel_in_the_middle: None
) -> None:
    page, listener = await open_page(drawing_browser, "phone")
    await person.sign_in(page, "minh")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-in-view] li")).to_have_count(3, timeout=PATIENCE_MS)
    assert (await colours(page))[OWN] > 2000
    await page.locator("[data-map] canvas").focus()
    # Each press moves the map by 100 pixels: far to the east there is nothing of this ward.
    for _ in range(6):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-in-view] li")).to_have_count(0, timeout=PATIENCE_MS)
    assert listener.complaints == []
    await page.context.close()


async def test_a_pin_finds_the_ward(
    drawing_browser: Browser, person: Person, database: Database
) -> None:
    page, listener = await open_page(drawing_browser, "phone")
    await person.sign_in(page, "hai")
    await page.goto(f"{person.address}/facilities/new")
    latitude, longitude = page.locator("#latitude"), page.locator("#longitude")
    ward = page.locator("[data-ward-answer]")
    assert not any("maplibre" in url for url in listener.asked), "no map before it is wanted"
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
    await expect(page.locator("[data-approximate]").first).to_be_visible(timeout=PATIENCE_MS)
    assert (await colours(page))[LAND] > 2000
    assert listener.outside(person.address) == []
    assert [text for text in listener.complaints if "422" not in text] == []
    await page.context.close()


async def test_the_register_says_how_a_point_was_found(
    drawing_browser: Browser, person: Person, database: Database
) -> None:
    """By the device, then with the pin, then by typing: each is written down with its accuracy."""
    page, listener = await open_page(drawing_browser, "phone")
    await person.sign_in(page, "hai")
    await page.goto(f"{person.address}/facilities/new")
    there = ask(database, "SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = %s", WARD_A)
    await page.context.set_geolocation(
        {"latitude": there[0], "longitude": there[1], "accuracy": 12.4}
    )
    await page.select_option("#kind", "boarding_house")
    await page.fill("#name", "Nhà trọ Ghim")
    await page.fill("#address_text", "1 Phố Thử")
    await page.click("[data-locate]")
    await expect(page.locator("#latitude")).to_have_value(f"{there[0]:.6f}")
    await page.click("main form button[type=submit]")
    await page.wait_for_selector("main h1:has-text('Nhà trọ Ghim')")
    place = page.url.rpartition("/")[2]
    held = "SELECT point_source, accuracy_m FROM digital_address WHERE facility_id = %s"
    assert ask(database, held, place) == ("phone_gps", 13)
    await page.goto(f"{person.address}/facilities/{place}/edit")
    await page.click("[data-open-map]")
    await expect(page.locator(".pin")).to_be_visible()
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await drag_pin(page, 30, -20)
    await expect(page.locator("[name=point_source]")).to_have_value("map_click")
    await page.click("main form button[type=submit]")
    await page.wait_for_selector("main h1:has-text('Nhà trọ Ghim')")
    source, metres = ask(database, held, place)
    assert source == "map_click"
    assert 5 < metres < 50, "what a finger covers at this zoom"
    await page.goto(f"{person.address}/facilities/{place}/edit")
    await page.fill("#latitude", f"{there[0] + 0.0003:.6f}")
    await page.click("main form button[type=submit]")
    await page.wait_for_selector("main h1:has-text('Nhà trọ Ghim')")
    assert ask(database, held, place) == ("correction", None)
    assert listener.outside(person.address) == []
    assert listener.complaints == []
    await page.context.close()


async def drag_pin(page: Page, right: int, down: int) -> None:
    """Press on the pin, move in steps as a hand does, let go."""
    box = await page.locator(".pin").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in (1, 2, 3):
        await page.mouse.move(x + right * step / 3, y + down * step / 3)
    await page.mouse.up()


@pytest.mark.parametrize("size", SIZES)
async def test_the_public_map(
    drawing_browser: Browser, person: Person, size: str, hotel_in_the_middle: None
) -> None:
    """Nobody is signed in: the country, a province, then the places of its streets by zooming."""
    page, listener = await open_page(drawing_browser, size)
    await page.goto(f"{person.address}/map")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-map] canvas")).to_be_visible()
    await expect(page.locator("p[data-approximate]")).to_be_visible(timeout=PATIENCE_MS)
    painted = await colours(page)
    assert sum(painted[tint] for tint in TINTS) > 2000, "provinces differ"
    assert painted[COUNT] > 50, "a disc with a count"
    await page.click("[data-ward-here]")
    await expect(page.locator("[data-ward-answer]")).not_to_be_empty()
    await check(page)
    await page.select_option("#province", "01")
    await page.click("main form[action^='/map'] button")
    await expect(page.locator("#tables table")).to_contain_text("Khách sạn Hoa Sen")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-map] canvas")).to_be_visible()
    await check(page)
    assert listener.outside(person.address) == []
    # The middle of the country is the sea, which is in no ward.
    assert [text for text in listener.complaints if "422" not in text] == []
    await page.context.close()


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
    await desk_page.locator("[data-night-map]").scroll_into_view_if_needed()
    await expect(desk_page.locator(".without-map")).to_be_visible(timeout=PATIENCE_MS)
    await expect(desk_page.locator("[data-map]")).to_be_hidden()
    await expect(desk_page.locator("main h2").first).to_contain_text("Chưa khai báo đêm này")
    await desk_page.click("text=Đăng xuất")
    await person.sign_in(desk_page, "hai")
    await desk_page.goto(f"{person.address}/facilities/new")
    await desk_page.click("[data-open-map]")
    await expect(desk_page.locator("[data-no-map]")).to_be_visible(timeout=PATIENCE_MS)
    await expect(desk_page.locator("[data-map-shell]")).to_be_hidden()


async def test_without_scripts_there_is_no_map(plain_page: Page, person: Person) -> None:
    await person.sign_in(plain_page, "minh")
    await expect(plain_page.locator("[data-night-map]")).to_be_hidden()
    await expect(plain_page.locator("main")).to_contain_text("Khách sạn Hoa Sen")
