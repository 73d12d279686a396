"""Codes on the screen are what a camera reads."""

import asyncio
import io

import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.person import Person, fill_guest, follow

PATIENCE_S = 90


async def read(page: Page, selector: str) -> str:
    """What a camera makes of the picture."""
    shown = page.locator(selector)
    await shown.evaluate("(picture) => picture.decode()")
    picture = Image.open(io.BytesIO(await shown.screenshot()))
    barcodes = zxingcpp.read_barcodes(picture)
    assert len(barcodes) == 1, selector
    return str(barcodes[0].text)


async def test_the_receipts_code(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await fill_guest(page)
    await page.press("#full_name", "Enter")
    await follow(page.locator(".sent a[href$='/receipt']"))
    text = await read(page, ".qr")
    assert text.startswith(f"{person.address}/verify#ASM1.")
    await page.goto(text)
    await expect(page.locator("#answer h2")).to_have_text("Giấy tiếp nhận thật")


async def test_the_plates_code(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await page.goto(f"{person.address}/facilities/{person.cast.hoa_sen}")
    text = await read(page, ".plate")
    printed = await page.locator("p.receipt-code").inner_text()
    code = printed.replace(" ", "").replace("-", "")
    assert text == f"{person.address}/A/{code}".upper()
    await page.goto(f"{person.address}/A/{code}")
    await expect(page.locator("p.receipt-code")).to_have_text(printed)


async def test_the_printed_plates_code(desk_page: Page, person: Person) -> None:
    """The PDF that comes out of the page's own form, as Chromium's own viewer draws it."""
    await person.open_desk(desk_page)
    await desk_page.goto(f"{person.address}/facilities/{person.cast.hoa_sen}")
    printed = await desk_page.locator("p.receipt-code").inner_text()
    code = printed.replace(" ", "").replace("-", "")
    query = f"facility={person.cast.hoa_sen}&paper=plate"
    await desk_page.goto(f"{person.address}/plates.pdf?{query}#toolbar=0&view=Fit")
    texts: set[str] = set()
    # The viewer tells nobody when it has drawn the page.
    async with asyncio.timeout(PATIENCE_S):
        while not texts:
            picture = Image.open(io.BytesIO(await desk_page.screenshot()))
            texts = {each.text for each in zxingcpp.read_barcodes(picture)}
    assert texts == {f"{person.address}/A/{code}".upper()}
