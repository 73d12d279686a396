"""The officer's map of the night: what is painted on it, and where a key or a click leads."""

import re

import httpx
from playwright.async_api import expect

from asm.demo.cast import Cast
from tests.browser.drawing import OpenMapPage, expect_painted
from tests.browser.newcomers import picture
from tests.browser.person import PATIENCE_MS, Person
from tests.browser.test_access import check
from tests.people import fresh_key, party, sign_in

#: Colours of the style: the officer's own ward, who is silent, who has declared, the land.
OWN, SILENT, DECLARED, LAND = (225, 240, 234), (163, 25, 25), (23, 102, 58), (251, 250, 246)
MOST_BYTES = 470_000


async def weight(addresses: list[str], cookies: dict[str, str]) -> int:
    """Bytes of all addresses as they cross the line, packed."""
    headers, total = {"accept-encoding": "gzip"}, 0
    async with httpx.AsyncClient(
        cookies=cookies, headers=headers, timeout=PATIENCE_MS / 1000
    ) as client:
        for url in dict.fromkeys(addresses):
            # The inbox's events go on until the server ends them, with a few bytes.
            if url.endswith("/inbox/events"):
                continue
            async with client.stream("GET", url) as answer:
                async for _ in answer.aiter_raw():
                    pass
                total += answer.num_bytes_downloaded
    return total


async def test_the_officer_sees_the_night_on_a_map(
    open_map_page: OpenMapPage, person: Person, cast: Cast, hotel_in_the_middle: None
) -> None:
    async with httpx.AsyncClient(base_url=person.address, timeout=PATIENCE_MS / 1000) as client:
        lan = await sign_in(client, cast, "lan")
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
        )
        assert answer.status_code == 201, answer.text
    page, listener = await open_map_page("desk")
    await person.sign_in(page, "minh")
    listener.requested.clear()
    await page.goto(f"{person.address}/ward/map")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    links = page.locator("[data-in-view] li")
    states = (
        "chưa khai báo, khách: 0",
        "chưa khai báo, khách: 0",
        "đã khai hoặc báo không có khách, khách: 1",
    )
    await expect(links).to_have_text([re.compile(f" – {state}$") for state in states])
    await expect(page.locator("[data-approximate]")).to_be_visible()
    await expect(page.locator("figcaption")).to_contain_text("Ranh giới gần đúng")
    await expect(page.locator("[data-trouble]")).to_be_hidden()
    await expect_painted(page, 2000, OWN)  # the ward is filled
    await expect_painted(page, 50, SILENT)  # a diamond
    await expect_painted(page, 50, DECLARED)  # a disc
    await expect_painted(page, 2000, LAND)  # the neighbours are not filled
    await check(page)
    await picture(page, "ward-map", full=True)
    assert listener.outside(person.address) == []
    cookies = {c["name"]: c["value"] for c in await page.context.cookies()}
    # The typeface came with the page before, and is kept.
    new = [address for address in listener.requested if not address.endswith(".woff2")]
    assert 400_000 < await weight(new, cookies) <= MOST_BYTES
    # A click on the sign leads to its link, and so does the Tab key; Enter opens the facility.
    await page.locator("[data-map] canvas").click()
    await expect(page.locator("[data-in-view] a:focus")).to_have_text("Khách sạn Hoa Sen")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/facilities/{cast.hoa_sen}")
    assert listener.said == []


async def test_the_map_follows_the_keyboard(
    open_map_page: OpenMapPage, person: Person, hotel_in_the_middle: None
) -> None:
    page, listener = await open_map_page("phone")
    await person.sign_in(page, "minh")
    await page.goto(f"{person.address}/ward/map")
    await page.locator("[data-map]").scroll_into_view_if_needed()
    await expect(page.locator("[data-in-view] li")).to_have_count(3)
    await expect_painted(page, 2000, OWN)
    await page.locator("[data-map] canvas").focus()
    # Each press moves the map by 100 pixels: far to the east there is nothing of this ward.
    for _ in range(6):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-in-view] li")).to_have_count(0)
    assert listener.said == []
