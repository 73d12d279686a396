"""A spreadsheet in a real browser, at the desk, on a phone and without scripts."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from asm.intake.sheets.xlsx_template import build_workbook
from tests.browser.person import Person, follow
from tests.intake.sheets.sheets import HEADER, sheet
from tests.workbooks import sheet_row


def three_hundred(folder: Path) -> Path:
    """A month of a hotel: every fault there is once, the rest good."""
    rows: list[list[Any]] = [list(sheet_row()) for _ in range(300)]
    for row in rows[::2]:
        row[4] = ""
    rows[7][7] = 79_301_000_025
    rows[40][7] = 1_090_000_017
    rows[60][3] = 2
    rows[90][1] = "Nguyễn Thị Có Tên Rất Dài Viết Trên Màn Hình Nhỏ"
    rows[90][7] = "00109000001"
    rows[120][2] = "31/02/1990"
    rows[150][8] = 912_345_678
    rows[200][7] = "7.93E+10"
    file = folder / "khach.xlsx"
    file.write_bytes(sheet([["DANH SÁCH"], HEADER, *rows, ["", "Tổng cộng: 300"]]))
    return file


async def test_looking_accepting_and_sending(page: Page, person: Person, tmp_path: Path) -> None:
    await person.open_desk(page)
    await follow(page.locator("text=Nộp bảng tính"))
    await page.set_input_files("#file", three_hundred(tmp_path))
    await follow(page.get_by_role("button", name="Kiểm tra tệp"))
    await expect(page.locator(".notice")).to_contain_text("294 khách sẽ được gửi")
    await expect(page.locator(".notice")).to_be_focused()
    refused = page.locator("section.card", has_text="Bị trả lại: cần sửa")
    await expect(refused.locator("tbody tr")).to_have_count(6)
    await expect(page.locator("li", has_text="Ô quốc tịch trống")).to_have_count(1)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, "the page is wider than the screen"
    lost = refused.locator("tr", has_text="79301000025").first
    await lost.get_by_role("checkbox").check()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Tải bảng tính đã đánh dấu").click()
    marked = await (await download.value).path()
    await follow(page.get_by_role("button", name="Kiểm tra lại"))
    await expect(page.locator(".notice")).to_contain_text("295 khách sẽ được gửi")
    await follow(page.get_by_role("button", name="Gửi 295 khách"))
    await expect(page.locator(".notice h2")).to_have_text("Đã tiếp nhận một phần")
    await expect(page.locator(".receipt-code")).to_have_count(295)
    again = tmp_path / "danh-dau.xlsx"
    again.write_bytes(marked.read_bytes())
    await page.set_input_files("#file", again)
    await follow(page.get_by_role("button", name="Kiểm tra tệp"))
    await expect(page.locator(".notice")).to_contain_text("295 đã khai báo từ trước")


async def test_without_scripts(plain_page: Page, person: Person, tmp_path: Path) -> None:
    row: list[Any] = list(sheet_row())
    row[7] = 79_301_000_025
    file = tmp_path / "khach.xlsx"
    file.write_bytes(sheet([["x"], HEADER, row, sheet_row()]))
    await person.sign_in(plain_page, "lan")
    await plain_page.click("text=Nộp bảng tính")
    await plain_page.set_input_files("#file", file)
    await plain_page.get_by_role("button", name="Kiểm tra tệp").click()
    await plain_page.get_by_label("Chấp nhận cả 1 giá trị đề nghị").check()
    await plain_page.get_by_role("button", name="Gửi 1 khách").click()
    await expect(plain_page.locator(".notice h2")).to_have_text("Đã tiếp nhận")
    await expect(plain_page.locator(".receipt-code")).to_have_count(2)


async def test_a_question_about_dates_is_answered(
    desk_page: Page, person: Person, tmp_path: Path
) -> None:
    rows = [list(sheet_row()) for _ in range(3)]
    for row, born in zip(rows, ("09/15/2001", "15/09/2001", "02/09/2001"), strict=True):
        row[2] = born
    file = tmp_path / "khach.xlsx"
    file.write_bytes(build_workbook(rows))
    await person.open_desk(desk_page)
    await follow(desk_page.locator("text=Nộp bảng tính"))
    await desk_page.set_input_files("#file", file)
    await follow(desk_page.get_by_role("button", name="Kiểm tra tệp"))
    await desk_page.get_by_label("ngày/tháng/năm", exact=True).check()
    await follow(desk_page.get_by_role("button", name="Kiểm tra lại"))
    await expect(desk_page.locator(".notice")).to_contain_text("3 khách sẽ được gửi")


async def test_a_receipt_opens_beside_the_list(
    plain_page: Page, person: Person, tmp_path: Path
) -> None:
    """The answer to a form is not kept: Back from a receipt would show the browser's own error."""
    doubtful = list(sheet_row(full_name="Nguyễn Thị Mmm"))
    lost = list(sheet_row())
    lost[7] = 79_301_000_025
    file = tmp_path / "khach.xlsx"
    file.write_bytes(sheet([["x"], HEADER, list(sheet_row()), doubtful, lost]))
    await plain_page.set_viewport_size({"width": 360, "height": 800})
    await person.sign_in(plain_page, "lan")
    await plain_page.click("text=Nộp bảng tính")
    for button in ("Kiểm tra tệp", "Gửi 1 khách"):
        if button == "Kiểm tra tệp":
            await plain_page.set_input_files("#file", file)
        await follow(plain_page.get_by_role("button", name=button))
    offer = plain_page.locator("label.choice span", has_text="Sửa thành").first
    size = await offer.bounding_box()
    assert size is not None
    assert size["height"] < 80, "one letter stands under the other"
    await beside(plain_page)
    await plain_page.set_input_files("form.card #file >> nth=-1", file)
    await follow(plain_page.get_by_role("button", name="Kiểm tra tệp"))
    await beside(plain_page)


async def beside(page: Page) -> None:
    """The receipt's page comes on top; the list stays under it."""
    async with page.context.expect_page() as opened:
        await page.locator("a", has=page.locator(".receipt-code")).click()
    receipt = await opened.value
    await expect(receipt.locator("h1")).to_contain_text("Giấy tiếp nhận")
    await receipt.close()
    await expect(page.locator("h2", has_text="Bị trả lại")).to_be_visible()
