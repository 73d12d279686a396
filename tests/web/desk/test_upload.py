"""A spreadsheet at the desk: looked at before it is sent, corrected, and given back marked."""

import logging
import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.intake.sheets.xlsx_template import build_workbook
from tests.intake.sheets.sheets import HEADER, sheet
from tests.web.desk.desk_form import count
from tests.web.desk.upload_form import carried, look, numbered, send
from tests.web.visitor import Visitor
from tests.workbooks import day_row, read_sheets_at_midnight, sheet_row


async def test_first_what_would_happen_then_sending(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = build_workbook(
        [sheet_row(), sheet_row(full_name="Trần Văn Sai", document_number="00109000001")]
    )
    await look(lan, address, data)
    assert "Xem trước: chưa gửi gì" in lan.html
    assert (
        "Đọc 4 dòng: 1 khách sẽ được gửi, 0 đã khai báo từ trước, "
        "0 sửa lượt đang có, 1 bị trả lại, 2 bỏ qua" in lan.html
    )
    assert await count(admin_session) == 0
    await send(lan, address)
    assert "Đã tiếp nhận một phần" in lan.html
    assert "1 tiếp nhận" in lan.html
    assert await count(admin_session) == 1


async def test_refusals_come_first_with_name_and_value(lan: Visitor, address: str) -> None:
    bad = sheet_row(full_name="Trần Văn Sai", document_number="00109000001")
    await look(lan, address, build_workbook([*(sheet_row() for _ in range(5)), bad]))
    refused, notes = lan.html.index("Bị trả lại"), lan.html.index("Dòng bỏ qua")
    assert refused < lan.html.index("Trần Văn Sai") < notes
    assert refused < lan.html.index("00109000001") < notes
    assert "dòng ví dụ" in lan.html


async def test_what_many_rows_say_is_said_once(lan: Visitor, address: str) -> None:
    rows = []
    for _ in range(40):
        row = sheet_row()
        row[4] = ""
        rows.append(row)
    await look(lan, address, build_workbook(rows))
    assert lan.html.count("Ô quốc tịch trống") == 1
    assert "(tất cả 40 dòng)" in lan.html


async def test_a_double_click_declares_once(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    child = sheet_row(document_type=None, document_number=None)
    child[18] = "Trẻ em chưa có giấy tờ"
    await look(lan, address, build_workbook([child, sheet_row()]))
    preview = lan.html
    await send(lan, address)
    first = await count(admin_session)
    lan.html = preview
    await send(lan, address)
    assert "Đã tiếp nhận" in lan.html
    assert await count(admin_session) == first


async def test_a_lost_zero_is_accepted_by_a_person(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = sheet([["x"], HEADER, numbered(79_301_000_025), numbered(1_090_000_017)])
    await look(lan, address, data, status=422)
    assert "079301000025" in lan.html
    assert "001090000017" in lan.html
    assert "checked" not in lan.html
    await send(lan, address, status=422)
    assert await count(admin_session) == 0
    await send(lan, address, accept="H3")
    assert "1 tiếp nhận" in lan.html
    assert "1 bị trả lại" in lan.html
    await look(lan, address, data, status=422)
    await send(lan, address, step="check", accept_all="1")
    assert "1 khách sẽ được gửi, 1 đã khai báo từ trước, 0 sửa" in lan.html
    await send(lan, address)
    assert "1 tiếp nhận, 1 đã khai báo từ trước" in lan.html
    assert await count(admin_session) == 2


async def test_the_marked_workbook_is_corrected_and_comes_back(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = sheet([["x"], HEADER, numbered(79_301_000_025), sheet_row()])
    await look(lan, address, data)
    answer = await lan.client.post(
        f"{address}/marked.xlsx",
        data={"_csrf_token": lan.token, **carried(lan), "accept": "H3"},
        files={"file": ("", b"")},
    )
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert "attachment" in answer.headers["content-disposition"]
    assert await count(admin_session) == 0
    await look(lan, address, answer.content)
    assert "2 khách sẽ được gửi" in lan.html
    await send(lan, address)
    assert await count(admin_session) == 2


async def test_dates_that_may_be_read_twice_are_a_question(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    rows = []
    for born in ("09/15/2001", "15/09/2001", "02/09/2001"):
        row = sheet_row()
        row[2] = born
        rows.append(row)
    await look(lan, address, build_workbook(rows))
    assert "Tệp này ghi ngày theo thứ tự nào?" in lan.html
    assert "02/09/2001 là 2001-09-02 hay 2001-02-09?" in lan.html
    await send(lan, address, step="check", birth_order="day_first")
    assert "Tệp này ghi ngày" not in lan.html
    await send(lan, address)
    assert "3 tiếp nhận" in lan.html
    assert await count(admin_session) == 3


async def test_real_dates_beside_day_first_text_are_a_question(lan: Visitor, address: str) -> None:
    text_row, row = sheet_row(), sheet_row()
    text_row[2] = "25/12/1990"
    data = sheet([HEADER, text_row, [*row[:2], date(1990, 3, 4), *row[3:]]])
    await look(lan, address, data)
    assert "04/03/1990 là 1990-03-04 hay 1990-04-03?" in lan.html
    assert "ô ngày của Excel bị đổi chỗ ngày với tháng" in lan.html
    await send(lan, address, step="check", birth_order="day_first_exchanged")
    assert "Tệp này ghi ngày" not in lan.html
    assert "đã đổi lại chỗ ngày với tháng" in lan.html
    assert "03/04/1990" in lan.html


@pytest.mark.parametrize("content", ["", "%%%", "UEsDBA=="])
async def test_a_form_without_its_file_is_told(lan: Visitor, address: str, content: str) -> None:
    await lan.open(address)
    fields = {"step": "send", "carried": content}
    await lan.send(address, status=422, files={"file": ("", b"")}, **fields)
    assert "Đã tiếp nhận" not in lan.html


async def test_a_large_file_comes_back_whole(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    """The largest that a form may hold is 5,000 rows; here what matters is its size in the page."""
    noisy = [sheet_row() for _ in range(3)]
    for row in noisy:
        row[18] = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(900))
    await look(lan, address, build_workbook(noisy))
    await send(lan, address)
    assert await count(admin_session) == 3


async def test_nothing_of_a_guest_is_logged(
    lan: Visitor, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bad = sheet_row(full_name="Trần Văn Kín", document_number="00109000001")
    await look(lan, address, build_workbook([sheet_row(), bad]))
    await send(lan, address)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "Kín" not in said
    assert "00109000001" not in said


async def test_an_arrival_read_month_first_beside_births_day_first(
    lan: Visitor, address: str
) -> None:
    """Six arrivals in US order, births as usual: the arrivals are read month first and said so."""
    now = datetime.now(VIETNAM)
    days = (now - timedelta(days=back) for back in range(1, 40))
    rows = []
    for arrived in [day for day in days if day.day > 12][:6]:
        row = sheet_row(birth_date="1990-08-25")
        row[13], row[14] = f"{arrived:%m/%d/%Y %H:%M}", f"{now + timedelta(days=20):%Y-%m-%d}"
        rows.append(row)
    await look(lan, address, build_workbook(rows))
    assert "6 khách sẽ được gửi" in lan.html
    assert lan.html.count("kiểu Mỹ") == 1
    note = lan.html.partition("kiểu Mỹ")[0].rpartition("<li>")[2]
    assert "Ngày đến" in note


async def test_a_row_of_who_is_here_shows_what_it_changes(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    row = sheet_row(full_name="Trần Thị Đổi Phòng")
    other = sheet_row()
    await look(lan, address, build_workbook([row, other]))
    await send(lan, address)
    moved = [*row]
    moved[moved.index("101")] = "102"
    await look(lan, address, build_workbook([moved, other]))
    assert "0 khách sẽ được gửi, 1 đã khai báo từ trước, 1 sửa lượt đang có" in lan.html
    assert "Khách đang ở đây: sẽ sửa lượt lưu trú" in lan.html
    assert "Gửi 1 khách" in lan.html
    await send(lan, address)
    changed = lan.html.partition("Khách đang ở đây: đã sửa lượt lưu trú")[2].partition("</table>")[
        0
    ]
    assert re.search(r'href="/desk/[0-9a-f-]+/stays/[0-9a-f-]+"[^>]*>Trần Thị Đổi Phòng', changed)
    assert changed.count("101 → 102") == lan.html.count("101 → 102") == 1
    assert lan.html.count("đã khai báo từ trước</span>") == 1
    assert lan.html.count("sửa lượt đang có</span>") == 1
    assert await count(admin_session) == 2


async def test_a_row_to_be_looked_at_again_leads_to_where_it_is_corrected(
    lan: Visitor, address: str
) -> None:
    # A man's number for a woman: taken, with a warning.
    odd = sheet_row(full_name="Trần Thị Lạ", sex="female")
    await look(lan, address, build_workbook([sheet_row(), odd]))
    assert "Xem và sửa lượt này" not in lan.html
    await send(lan, address)
    assert "2 tiếp nhận" in lan.html
    stay = re.search(r'cảnh báo</span>[^<]+<a href="([^"]+)"[^>]*>Xem và sửa lượt này', lan.html)
    assert stay is not None
    assert lan.html.count("Xem và sửa lượt này") == 1
    await lan.open(stay.group(1))
    assert "Trần Thị Lạ" in lan.html
    assert f'href="{stay.group(1)}/amend"' in lan.html


async def test_a_sheet_of_days_sent_again_later_doubles_nobody(
    lan: Visitor, address: str, admin_session: AsyncSession
) -> None:
    data = build_workbook([day_row(), day_row()])
    with pytest.MonkeyPatch.context() as patch:
        read_sheets_at_midnight(patch)
        await look(lan, address, data)
        await send(lan, address)
    assert await count(admin_session) == 2
    await look(lan, address, data)
    assert "0 khách sẽ được gửi, 2 đã khai báo từ trước" in lan.html
    await send(lan, address)
    assert await count(admin_session) == 2
