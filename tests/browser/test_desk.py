"""The desk in a real browser: one scan, a room, Enter."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from litestar.testing import RequestFactory
from playwright.async_api import Page, expect

from asm.db.base import VIETNAM
from asm.errors import Unavailable
from asm.identity.vault.keys import KeyFiles
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.receipts.attempts import sign_attempt
from asm.web.setup import make_environment
from tests.browser.person import SCANNER, Person, card, fill_guest, follow, scan
from tests.browser.scanner import strike_at_once
from tests.workbooks import sheet_row


async def test_three_guests_with_the_keyboard_alone(page: Page, person: Person) -> None:
    await person.open_desk(page)
    for turn, name in enumerate(("Nguyễn Văn Mẫu", "Trần Thị Thử", "Lê Ví Dụ")):
        await scan(page, name)
        if turn == 0:
            await page.keyboard.type("102")
        await expect(page.locator("#room")).to_have_value("102")  # families keep the room
        await page.keyboard.press("Enter")
        await expect(page.locator(".sent")).to_contain_text("LT-")
        await expect(page.locator("#full_name")).to_have_value("")
        row = page.locator("tbody.group", has_text=name)
        await expect(row).to_contain_text("Đúng hạn")
    await expect(page.locator("tbody.group")).to_have_count(3)


async def test_a_scanner_that_types_and_sends_enter(page: Page, person: Person) -> None:
    """A scanner's Enter comes with its letters: between them the page's clock stands still."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await page.clock.install()
    await person.open_desk(page)
    await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    await page.keyboard.type(card("Phạm Văn Quét"), delay=SCANNER)
    await page.keyboard.press("Enter")
    await page.clock.resume()
    await expect(page.locator("#full_name")).to_have_value("Phạm Văn Quét")
    await expect(page.locator("#room")).to_be_focused()
    await page.clock.run_for(1_000)
    assert len([url for url in sent if url.endswith("/scan")]) == 1, "not read a second time"


async def test_a_scan_into_the_wrong_field_is_rescued(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await page.fill("#full_name", "đang gõ")
    await page.focus("#full_name")
    await strike_at_once(page, card("Đỗ Thị Lạc"))
    await expect(page.locator("#full_name")).to_have_value("Đỗ Thị Lạc")
    await expect(page.locator("#room")).to_be_focused()


async def test_a_person_typing_digits_is_never_taken_for_a_scanner(
    desk_page: Page, person: Person
) -> None:
    await person.open_desk(desk_page)
    await desk_page.focus("#document_number")
    await desk_page.keyboard.type("001090123456", delay=30)
    await expect(desk_page.locator("#document_number")).to_have_value("001090123456")
    await expect(desk_page.locator("#card_text")).to_have_value("")


async def test_the_number_is_in_no_address(desk_page: Page, person: Person) -> None:
    addresses: list[str] = []
    desk_page.on("request", lambda request: addresses.append(request.url))
    await person.open_desk(desk_page)
    text = await scan(desk_page, "Hoàng Thị Kín")
    await desk_page.fill("#room", "105")
    await desk_page.press("#room", "Enter")
    await expect(desk_page.locator(".sent")).to_be_visible()
    assert len(addresses) > 5
    assert not any(text[:12] in address for address in addresses)


async def test_by_hand_with_a_fault_and_its_repair(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await fill_guest(page, birth_date="31/2/1990", document_number="12")
    await page.press("#document_number", "Enter")
    summary = page.locator(".error-summary")
    await expect(summary).to_be_focused()
    await expect(summary.locator("li")).to_have_count(2)
    await expect(page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    await summary.locator("a").first.click()
    await expect(page.locator("#birth_date")).to_be_focused()
    await fill_guest(page)
    await page.press("#full_name", "Enter")
    await expect(page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await expect(page.locator("#card_text")).to_be_focused()


async def test_a_full_queue_is_said_with_its_proof(
    desk_page: Page, person: Person, keys: KeyFiles
) -> None:
    """The answer of a server that has no room, on the page as it is and without a sideways scroll.
    What such an answer holds is `error.html`; here it is given to the browser by the test.
    """
    sent = sign_attempt(keys, person.cast.hoa_sen, datetime.now(VIETNAM), "key-12345", b"sent")
    refusal = Unavailable("try_again", attempt=sent)
    html = error_html(refusal)
    await desk_page.set_viewport_size({"width": 360, "height": 740})
    await person.open_desk(desk_page)
    await fill_guest(desk_page)
    await desk_page.route(
        "**/desk/*",
        lambda route: (
            route.fulfill(status=503, body=html, content_type="text/html")
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    await desk_page.press("#full_name", "Enter")
    bar = desk_page.locator("#unsent")
    await expect(bar).to_be_visible()
    await expect(bar.locator("[data-attempt] a")).to_have_text(sent.token)
    await expect(desk_page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    await expect(desk_page.locator("#full_name")).to_be_editable()  # to be mended and sent again
    wide, window = await desk_page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    await desk_page.unroute("**/desk/*")
    await desk_page.press("#full_name", "Enter")
    await expect(desk_page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await expect(bar).to_be_hidden()


def error_html(refusal: Unavailable) -> str:
    """The error page as the server renders it."""
    template = make_environment().get_template("error.html")
    request = RequestFactory().get("/")
    context = {"language": "vi", "actor": None, "code": 503, "refusal": refusal, "csrf_input": ""}
    context |= {"asked": False, "desks": [], "known": True}
    return template.render(request=request, **context)


async def test_late_is_marked_not_refused(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await fill_guest(page, nights="5")
    await page.click("text=Giờ đến, lý do")
    before = datetime.now(VIETNAM) - timedelta(days=2)
    await page.fill("#arrived_day", f"{before:%d%m%y}")
    await page.fill("#arrived_time", "14:00")
    await page.press("#arrived_time", "Enter")
    await expect(page.locator(".sent .mark.late")).to_have_text("Trễ hạn")


async def test_nothing_is_lost_when_the_network_fails(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    await fill_guest(desk_page)
    key = await desk_page.input_value("[name=key]")
    await desk_page.context.set_offline(offline=True)
    await desk_page.press("#full_name", "Enter")
    await expect(desk_page.locator("#unsent")).to_be_visible()
    await expect(desk_page.locator("#full_name")).to_have_value("Lê Thị Nháp")
    assert await desk_page.input_value("[name=key]") == key
    await desk_page.context.set_offline(offline=False)
    await desk_page.press("#full_name", "Enter")
    await expect(desk_page.locator(".sent")).to_contain_text("Đã tiếp nhận")
    await expect(desk_page.locator("#unsent")).to_be_hidden()


async def test_a_spreadsheet(page: Page, person: Person, tmp_path: Path) -> None:
    file = tmp_path / "khach.xlsx"
    file.write_bytes(build_workbook([sheet_row(), sheet_row(document_number="00109000001")]))
    await person.open_desk(page)
    await follow(page.locator("text=Nộp bảng tính"))
    await page.set_input_files("#file", file)
    await follow(page.locator("text=Kiểm tra tệp"))
    await expect(page.locator(".notice h2")).to_have_text("Xem trước: chưa gửi gì")
    fault = page.locator("section.card tr", has_text="bị trả lại")
    await expect(fault).to_contain_text("00109000001")
    await follow(page.locator("text=Gửi 1 khách"))
    await expect(page.locator(".notice h2")).to_have_text("Đã tiếp nhận một phần")
    await expect(fault).to_contain_text("H")
    # The list of what was received stays open beside the receipt.
    async with page.expect_popup() as opened:
        await page.locator(".receipt-code").click()
    receipt = await opened.value
    await expect(receipt.locator("h1")).to_have_text("Giấy tiếp nhận thông báo lưu trú")
    # Fails when it does not load.
    await receipt.locator(".qr").evaluate("(picture) => picture.decode()")


async def test_the_receipt_prints_on_one_a6_page(desk_page: Page, person: Person) -> None:
    await person.open_desk(desk_page)
    await fill_guest(desk_page, full_name="Nguyễn Thị Có Tên Rất Dài Để In Trên Giấy Nhỏ")
    await desk_page.press("#full_name", "Enter")
    await follow(desk_page.locator(".sent a[href$='/receipt']"))
    await desk_page.locator(".qr").evaluate("(picture) => picture.decode()")
    printed = await desk_page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[([0-9. ]+)\]", printed)
    assert [[round(float(side)) for side in box.split()] for box in boxes] == [[0, 0, 298, 420]]


async def test_without_scripts(plain_page: Page, person: Person) -> None:
    await person.sign_in(plain_page, "lan")
    await plain_page.fill("#card_text", card("Vũ Không Mã"))
    await follow(plain_page.get_by_role("button", name="Đọc mã", exact=True))
    await expect(plain_page.locator("#full_name")).to_have_value("Vũ Không Mã")
    await plain_page.fill("#room", "104")
    await follow(plain_page.locator("text=Gửi thông báo"))
    await expect(plain_page.locator(".sent")).to_contain_text(re.compile(r"LT-\w{4}-\w{4}-\w{4}"))
    await follow(plain_page.get_by_role("link", name="Trả phòng"))
    await follow(plain_page.locator("text=Xác nhận trả phòng"))
    await expect(plain_page.locator(".notice.good")).to_have_text(re.compile("trả phòng"))


async def test_english(page: Page, person: Person) -> None:
    await person.open_desk(page)
    await follow(page.locator("text=English"))
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("main")).to_contain_text("Scan the QR on the identity card")
    await page.click("text=Send declaration")
    await expect(page.locator(".error-summary h2")).to_have_text("Something needs correcting")
    await follow(page.locator("text=Tiếng Việt"))
    await expect(page.locator("html")).to_have_attribute("lang", "vi")
