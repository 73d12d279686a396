"""What a spreadsheet's preview shows, and what may be answered to it twice."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.intake.sheets.xlsx_template import build_workbook
from tests.intake.sheets.sheets import HEADER, sheet
from tests.web.desk.desk_form import count
from tests.web.desk.upload_form import carried, look, numbered, send
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row


async def test_who_goes_back_and_ticks_sends_another_declaration(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    """The page of the preview is sent twice: as it was, then, after Back, with a fix accepted. A
    browser has no key to change, and what was received stays one stay.
    """
    data = sheet([["x"], HEADER, numbered(79_301_000_025), sheet_row()])
    await look(lan, address, data)
    preview = lan.html
    await send(lan, address)
    assert "1 tiếp nhận" in lan.html
    assert await count(admin_session) == 1
    lan.html = preview
    await send(lan, address, accept="H3")
    assert "1 tiếp nhận, 1 đã khai báo từ trước" in lan.html
    assert await count(admin_session) == 2
    lan.html = preview
    await send(lan, address, accept="H3")
    assert await count(admin_session) == 2


async def test_what_was_left_over_is_accepted_on_the_page_after_sending(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = sheet([["x"], HEADER, numbered(79_301_000_025), sheet_row()])
    await look(lan, address, data)
    await send(lan, address)
    assert "Đã tiếp nhận một phần" in lan.html
    assert 'value="H3"' in lan.html
    await send(lan, address, step="check", accept="H3")
    assert "1 khách sẽ được gửi, 1 đã khai báo từ trước" in lan.html
    await send(lan, address)
    assert "1 tiếp nhận, 1 đã khai báo từ trước" in lan.html
    assert await count(admin_session) == 2


async def test_a_refusal_of_another_kind_keeps_the_file(lan: Visitor, address: str) -> None:
    await look(lan, address, build_workbook([sheet_row()]))
    await send(lan, address, status=422, key="đây không phải khóa")
    file = carried(lan).get("carried", "") or re.findall(r'name="carried" value="([^"]+)', lan.html)
    assert file
    await lan.send(address, files={"file": ("", b"")}, carried=file[0])
    assert "1 khách sẽ được gửi" in lan.html


def of_the_house(*rows: list[Any]) -> bytes:
    """A list of a house's own: eleven columns in its own order, the number in G."""
    header = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Quốc tịch", "Loại giấy tờ"]
    header += ["CCCD/Hộ chiếu", "Ngày đến", "Ngày đi dự kiến", "Số phòng", "Lý do lưu trú"]
    chosen = [0, 1, 2, 3, 4, 5, 7, 13, 14, 15, 16]
    return sheet([["x"], header, *([row[index] for index in chosen] for row in rows)])


async def test_columns_are_named_as_the_file_has_them(lan: Visitor, address: str) -> None:
    bad = sheet_row(full_name="Trần Văn Sai", document_number="00109000001")
    data = of_the_house(numbered(79_301_000_025), sheet_row(), bad)
    await look(lan, address, data)
    assert re.search(r'<span class="num">G</span>\s*<span class="quiet">CCCD/Hộ chiếu', lan.html)
    assert '<span class="num">H</span>' not in lan.html
    assert "cell." not in lan.html
    assert "guest." not in lan.html
    answer = await lan.client.post(
        f"{address}/marked.xlsx",
        data={"_csrf_token": lan.token, **carried(lan)},
        files={"file": ("", b"")},
    )
    marks = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
    written = " ".join(str(cell) for row in marks.to_python() for cell in row)
    assert "G5: " in written
    assert "H5: " not in written


async def test_the_rows_that_will_be_sent_are_shown_as_they_were_read(
    lan: Visitor, address: str
) -> None:
    arrived = datetime.now(VIETNAM) - timedelta(days=9)
    late = sheet_row(full_name="Trần Thị Trễ", birth_date="1988-05-06")
    late[13] = f"{arrived:%d/%m/%Y} 14:30"
    number = late[7]
    in_time = sheet_row()
    # This minute: who came an hour ago is late by now, if that was before eleven.
    in_time[13] = f"{datetime.now(VIETNAM):%d/%m/%Y %H:%M}"
    await look(lan, address, build_workbook([in_time, late]))
    shown = lan.html.partition('id="good"')[2].partition("</section>")[0]
    line = shown.partition("Trần Thị Trễ")[2].partition("</tr>")[0]
    assert "06/05/1988" in line
    assert f"…{number[-3:]}" in line
    assert number not in lan.html
    assert f"14:30 {arrived:%d/%m/%Y}" in line
    assert "101" in line
    assert "Trễ hạn" in line
    assert shown.count("Trễ hạn") == shown.count("Đúng hạn") == 1
    await send(lan, address)
    assert 'id="good"' not in lan.html


async def test_one_row_reads_as_its_number(lan: Visitor, address: str) -> None:
    """“Dòng tổng cộng: 6” and “1 dòng: 5” read as totals."""
    row = sheet_row()
    row[4] = ""
    total = ["", "Tổng cộng", *[""] * 17]
    await look(lan, address, build_workbook([row, total]))
    assert "Dòng 6 là dòng tổng cộng." in lan.html
    note = lan.html.partition("Ô quốc tịch trống")[2].partition("</li>")[0]
    assert re.search(r">Dòng 5<", note)


async def test_what_is_said_of_arrival_and_departure_is_said_once(
    lan: Visitor, address: str
) -> None:
    now = datetime.now(VIETNAM)
    days = [day for back in range(1, 40) if (day := now - timedelta(days=back)).day > 12][:6]
    rows = []
    for arrived in days:
        row = sheet_row(birth_date="1990-08-25")
        row[13], row[14] = f"{arrived:%m/%d/%Y %H:%M}", f"{now + timedelta(days=20):%m/%d/%Y}"
        rows.append(row)
    await look(lan, address, build_workbook(rows))
    assert lan.html.count("kiểu Mỹ") == 1
    note = lan.html.partition("kiểu Mỹ")[0].rpartition("<li>")[2]
    assert "Ngày đến" in note
    assert "Ngày đi dự kiến" in note


async def test_the_same_file_again_offers_nothing_to_send(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = build_workbook([sheet_row(), sheet_row(full_name="Trần Thị Đã Khai")])
    await look(lan, address, data)
    await send(lan, address)
    await look(lan, address, data)
    assert "0 khách sẽ được gửi, 2 đã khai báo từ trước" in lan.html
    assert "Không còn gì để gửi" in lan.html
    assert 'value="send"' not in lan.html
    assert 'id="good"' not in lan.html
    known = lan.html.partition('id="known"')[2].partition("</section>")[0]
    assert "không gửi lại" in known
    assert "Trần Thị Đã Khai" in known
    assert known.count("/receipt") == 2
    await look(lan, address, build_workbook([sheet_row(full_name="Trần Văn Mới")]))
    assert "Gửi 1 khách" in lan.html


async def test_what_is_offered_as_it_stands_is_no_correction(lan: Visitor, address: str) -> None:
    await look(lan, address, build_workbook([sheet_row(full_name="Nguyễn Thị Mmm")]), status=422)
    box = lan.html.partition('name="accept"')[2].partition("</label>")[0]
    assert re.search(r"Đúng như trên giấy tờ, cứ dùng\s*<span[^>]*>Nguyễn Thị Mmm<", box)
    assert "Sửa thành" not in lan.html


async def test_an_empty_file_is_called_empty(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    """Also when the page carries another: that is not the one that was chosen."""
    await look(lan, address, b"", status=422)
    assert "Tệp đã chọn trống" in lan.html
    assert "Chưa chọn tệp" not in lan.html
    await look(lan, address, build_workbook([sheet_row()]))
    fields = carried(lan) | {"step": "send"}
    await lan.send(address, status=422, files={"file": ("khach.xlsx", b"")}, **fields)
    assert "Tệp đã chọn trống" in lan.html
    assert await count(admin_session) == 0
