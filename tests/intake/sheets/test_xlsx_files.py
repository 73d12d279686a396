"""Which sheet and rows of a file count; files that are no workbook are named."""

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from asm.intake.sheets.sheet_rules import SHEET_NAME
from asm.intake.sheets.workbook import COLUMNS, WorkbookReading
from asm.intake.sheets.xlsx_template import build_workbook
from tests.intake.sheets.sheets import (
    GOOD,
    HEADER,
    LETTERS,
    official,
    only,
    read,
    row,
    sheet,
)


def skipped(reading: WorkbookReading) -> list[tuple[int, str]]:
    assert reading.skipped == len(reading.skipped_rows)
    assert reading.read == reading.accepted + reading.rejected + reading.skipped
    assert all(item.message and item.message_en for item in reading.skipped_rows)
    return [(item.row, item.reason) for item in reading.skipped_rows]


def test_what_is_no_guest_is_skipped_and_counted_with_its_reason() -> None:
    rows = [
        row(), ["7"] + [""] * 18, row(B="[TEST] Nguyễn"), [""] * 19, row(), ["Đoàn hai"], HEADER,
        row(), ["", "Tổng cộng", 3], [""] * 15 + ["Người lập biểu"], ["8"], [""] * 19,
    ]  # fmt: skip
    reading = read(official(*rows))
    assert [read_row.row for read_row in reading.rows] == [5, 9, 12]
    assert (reading.accepted, reading.rejected) == (3, 0)
    assert skipped(reading) == [
        (3, "hint"), (4, "example"), (6, "empty"), (7, "example"), (8, "empty"), (10, "title"),
        (11, "header"), (13, "total"), (14, "signature"), (15, "empty"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cells",
    [
        ["Tổng cộng"], ["", "Tổng cộng"], ["", "TỔNG CỘNG: 12"], ["", "Total: 12"], ["Cộng", 12],
        ["", "Tổng số khách: 12"], ["", "Tổng", 12], ["", "Tong cong", "", "", "", "12"],
        ["", "Grand total", "", "", "", "", "", 12], ["", "Tổng cộng 12 khách"],
    ],
)  # fmt: skip
def test_a_total_is_no_guest(cells: list[Any]) -> None:
    reading = read(official(row(), cells))
    assert (reading.accepted, reading.rejected) == (1, 0)
    assert (5 + 1, "total") in skipped(reading) or (5 + 1, "title") in skipped(reading)


@pytest.mark.parametrize(
    "changes",
    [
        {"B": "Tống Công Minh", "C": "", "H": "", "N": ""},
        {"B": "Tổng cộng"},
        {"B": "Tống Cộng", "C": "", "D": "", "H": "", "N": ""},
        {"B": "Total Nguyễn", "C": "", "D": "", "H": "", "N": ""},
        {**dict.fromkeys(GOOD, ""), "B": "Nguyễn Thị Chỉ Tên"},
        {**dict.fromkeys(GOOD, ""), "H": "C12"},
    ],
)
def test_what_may_be_a_guest_is_never_skipped(changes: dict[str, str]) -> None:
    reading = read(official(row(), row(**changes)))
    assert [read_row.row for read_row in reading.rows] == [5, 6]


def test_row_four_without_a_mark_is_skipped_aloud() -> None:
    reading = read(sheet([["DANH SÁCH"], HEADER, ["gợi ý"] * 19, row(), row()]))
    assert (reading.read, reading.accepted, reading.skipped) == (3, 1, 2)
    assert "workbook.row4_skipped" in [item.rule for item in reading.problems]


def test_a_sheet_without_hints_loses_no_guest() -> None:
    reading = read(sheet([["DANH SÁCH"], HEADER, row(), row(C="lỗi", N="lỗi")]))
    assert [read_row.row for read_row in reading.rows] == [3, 4]
    assert read(sheet([HEADER, row(), row()])).accepted == 2


def test_headers_with_stray_spaces_and_moved_columns() -> None:
    order = ["B", "A", *LETTERS[2:]]
    labels = {column.letter: column.label for column in COLUMNS}
    header = [f"  {labels[letter].upper()}\n * " for letter in order]
    cells = [GOOD.get(letter, "") for letter in order]
    entry, faults = only(sheet([["x"], header, ["gợi ý"] * 19, [""], cells]))
    assert faults == []
    assert entry is not None
    assert entry.guest.full_name == "Trần Thị Thử"


def test_without_any_header_the_official_places_count() -> None:
    reading = read(sheet([["x"], ["y"], ["z"], ["t"], row()]))
    assert reading.accepted == 1


def test_the_sheets_name_may_differ_in_case_and_spaces() -> None:
    assert read(sheet([["x"], HEADER, row()], name="ds_khach_viet_nam_luu_tru ")).accepted == 1


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"%PDF-1.7", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (OLE, "old_xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected"),
        ("STT,Họ tên\n1,Mẫu".encode(), "csv"),
        ("STT;Họ tên".encode("utf-16"), "csv"),
        (b"<?xml version='1.0'?><danh_sach/>", "xml"),
        (b"<?xml version='1.0'?><KHAI_BAO_TAM_TRU/>", "xml_foreigners"),
        (b"<KHAI_BAO_TAM_TRU><THONG_TIN_KHACH>", "xml_foreigners"),
        ("<KHAI_BAO_TAM_TRU>".encode("utf-16"), "xml_foreigners"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "xml_excel",
        ),
        (b'\xef\xbb\xbf{"guests": []}', "json"),
        (b"{\\rtf1\\ansi Nguyen Van Mau}", "rtf"),
        (b" [1]", "json"),
        (b"\x0bMSH|^~\\&|HIS|BV", "hl7"),
        (b"MSH|^~\\&|HIS|BV", "hl7"),
        (b"<html><table><tr><td>STT", "html"),
        (b"Rar!\x1a\x07", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (b"\xef\xbb\xbf <html><table>", "html"),
        (b"\x00\x01\x02\x03", "unknown"),
        (b"PK\x03\x04rubbish", "damaged"),
        (zipped(a_DOT_txt=b"x"), "zip_other"),
        (zipped(khach_DOT_xlsx=b"x"), "zip"),
        (zipped(word__document_DOT_xml=b"<w/>"), "word"),
        (zipped(content_DOT_xml=b"<o/>"), "ods"),
        (zipped(xl__workbook_DOT_bin=b"x"), "xlsb"),
        (zipped(xl__workbook_DOT_xml=b"<workbook/>"), "no_sheet"),
        (zipped(xl__workbook_DOT_xml=b"0" * 20_000_001), "unpacked"),
        (official()[:-40], "damaged"),
        (sheet([["a"]], name="Sheet1"), "no_header"),
        (sheet([["a"]] * 30, name="KBTT"), "foreigners"),
        (sheet([[""] * 40 + ["x"]]), "columns"),
        (sheet([HEADER]), "no_rows"),
        (official(), "no_rows"),
    ],
)
def test_files_that_are_no_workbook_are_named(data: bytes, rule: str) -> None:
    reading = read(data)
    assert [item.rule for item in reading.problems] == [f"workbook.{rule}"]
    assert reading.accepted == 0


@pytest.mark.parametrize("rows", [5005, 5050])
def test_nor_is_a_sheet_of_more_rows_than_are_read(rows: int) -> None:
    reading = read(sheet([row()] * rows))
    assert [item.rule for item in reading.problems] == ["workbook.rows"]
    assert reading.accepted == 0


def test_the_sheets_that_were_found_are_told() -> None:
    (problem,) = read(sheet([["a"]], name="Khách T11")).problems
    assert "Khách T11" in problem.message
    assert "Khách T11" in problem.message_en


def test_other_sheets_may_be_as_large_as_they_like() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        lists = book.add_worksheet("DM")
        lists.write_string(9_000, 300, "x")
        page = book.add_worksheet(SHEET_NAME)
        for column, value in enumerate(HEADER):
            page.write_string(1, column, value)
        for column, value in enumerate(row()):
            page.write_string(4, column, value)
    assert read(out.getvalue()).accepted == 1


def test_one_far_cell_does_not_open_a_vast_rectangle() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(SHEET_NAME)
        page.write_string(0, 0, "a")
        page.write_string(1_048_575, 16_383, "z")
    assert [item.rule for item in read(out.getvalue()).problems] == ["workbook.rows"]


def test_the_empty_form_has_an_example_and_no_guests() -> None:
    reading = read(build_workbook())
    assert (reading.accepted, skipped(reading)) == (0, [(3, "hint"), (4, "example")])
    assert build_workbook() == build_workbook()


def test_signatures_and_short_totals_are_no_guests() -> None:
    rows = [
        row(), ["", "TC", 2], ["", "Người lập biểu"], ["", "Hà Nội, ngày 30 tháng 11 năm 2026"],
        ["", "Lễ tân: Trần Thị Thử"], ["", "Ngày 30/11/2026"], ["", "Prepared by: Lan"],
        row(B="Lê Tân"), ["", "Lê Tân"],
    ]  # fmt: skip
    reading = read(official(*rows))
    assert [read_row.row for read_row in reading.rows] == [5, 12, 13]
    assert (reading.accepted, reading.rejected) == (2, 1)
    assert skipped(reading)[2:] == [
        (6, "total"), (7, "signature"), (8, "signature"), (9, "signature"), (10, "signature"),
        (11, "signature"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arrival",
    ["2026-11-21T09:00:00+07:00", "2026-11-21T02:00:00Z", "09:00 21/11/2026", "9h00 21/11/2026"],
)
def test_moments_with_a_zone_or_the_time_first_are_read(arrival: str) -> None:
    entry, _ = only(official(row(N=arrival)))
    assert entry is not None
    assert entry.arrived_at.isoformat() == "2026-11-21T09:00:00+07:00"


@pytest.mark.parametrize("number", ["1190000771", "79301000025"])
def test_text_that_was_a_number_is_offered_its_zeros(number: str) -> None:
    (read_row,) = read(official(row(H=number))).rows
    (fault,) = [fault for fault in read_row.faults if fault.severity == "refuse"]
    assert (fault.rule, fault.fix) == ("cell.number.lost_zeros", number.zfill(12))
    entry, faults = only(official(row(H="00109000001")))
    assert entry is not None, faults
