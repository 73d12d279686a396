"""Sheets of every shape: whatever their names, headers, sizes, merged cells and formulas."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from asm.intake.sheets.sheet_rules import SHEET_NAME
from asm.intake.sheets.workbook import COLUMNS
from tests.intake.sheets.sheets import GOOD, HEADER, official, only, read, row, rules_of, sheet


def changed(data: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """The same file with some of its zip's names or contents changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(*change(name, source.read(name)))
    return out.getvalue()


@pytest.mark.parametrize("ref", ["A1:B2", "A1", "A1:XFD1048576", "B9:C9"])
def test_what_a_sheet_says_of_its_size_is_not_believed(ref: str) -> None:
    def lie(name: str, content: bytes) -> tuple[str, bytes]:
        return name, re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{ref}"'.encode(), content)

    assert read(changed(official(row(), row(), row()), lie)).accepted == 3


def test_names_with_backslashes_are_read() -> None:
    assert read(changed(official(row()), lambda n, c: (n.replace("/", "\\"), c))).accepted == 1


def test_a_row_number_that_comes_twice_loses_no_guest_in_silence() -> None:
    def twice(name: str, content: bytes) -> tuple[str, bytes]:
        return name, re.sub(rb'(r="[A-Z]?)6"', rb'\g<1>5"', content)

    (problem,) = read(changed(official(row(), row()), twice)).problems
    assert problem.rule == "workbook.incomplete"
    assert "5" in problem.message


def test_a_single_sheet_of_any_name_is_read() -> None:
    for name in ("Sheet1", "Báo cáo", "khách"):
        reading = read(sheet([["x"], HEADER, row()], name=name))
        assert reading.accepted == 1
        assert "workbook.other_sheet" in [item.rule for item in reading.problems]


def two_sheets(*pages: tuple[str, list[list[Any]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in pages:
            page = book.add_worksheet(name)
            for index, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    page.write(index, column, value)
    return out.getvalue()


def test_of_several_sheets_the_one_with_guests_is_read() -> None:
    notes: list[list[Any]] = [["Ghi chú của khách sạn"], ["abc"]]
    assert read(two_sheets(("A", notes), ("B", [HEADER, row()]))).accepted == 1
    assert read(two_sheets(("B", [HEADER, row()]), ("A", notes))).accepted == 1
    (problem,) = read(two_sheets(("A", [HEADER, row()]), ("B", [HEADER, row()]))).problems
    assert problem.rule == "workbook.no_sheet"
    assert "A, B" in problem.message


@pytest.mark.parametrize("above", [0, 1, 5, 19])
def test_the_header_stands_anywhere_in_the_first_twenty_rows(above: int) -> None:
    titles = [[f"Địa chỉ {n}"] for n in range(above)]
    reading = read(sheet([*titles, HEADER, row(), row()], name="Báo cáo"))
    assert reading.accepted == 2
    assert [item.row for item in reading.rows] == [above + 2, above + 3]


@pytest.mark.parametrize(
    "labels",
    [
        {"B": "Họ và tên (*)", "C": "Ngày, tháng, năm sinh (*)", "P": "Tên phòng / Khoa (*)",
         "N": "Thời gian lưu trú  (từ ngày) (*)", "O": "Thời gian lưu trú (đến ngày)"},
        {"B": "Họ tên", "D": "GT", "E": "QT", "H": "Số CMND/CCCD"},
        {"B": "Full name", "C": "Date of birth", "D": "Gender", "E": "Nationality",
         "H": "ID number", "N": "Check-in", "O": "Check-out", "P": "Room no."},
    ],
)  # fmt: skip
def test_headers_of_other_forms(labels: dict[str, str]) -> None:
    order = "PBNOCDEHFQ"
    own = {column.letter: column.label for column in COLUMNS} | labels
    header = [own[letter] for letter in order]
    cells = [GOOD.get(letter, "") for letter in order]
    entry, faults = only(sheet([header, cells], name="Sheet1"))
    assert faults == []
    assert entry is not None
    assert (entry.guest.full_name, entry.room) == ("Trần Thị Thử", "101")
    assert entry.guest.document_number == "079301000025"


def test_a_column_nobody_knows_is_not_taken_for_another() -> None:
    """Its place is that of the province in the official form; the sheet is another."""
    order = "BCDEFHNOPQ"
    own = {column.letter: column.label for column in COLUMNS}
    header = [*(own[letter] for letter in order), "Lỗi", "Giá"]
    cells = [*(GOOD.get(letter, "") for letter in order), "H5: sai", "500000"]
    entry, _ = only(sheet([header, cells], name="Sheet1"))
    assert entry is not None
    assert entry.guest.residence_province is None
    assert entry.guest.residence_ward is None


def test_a_formula_without_a_result_says_so() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(SHEET_NAME)
        for index, cells in enumerate((HEADER, row(), row(), row())):
            for column, value in enumerate(cells):
                page.write_string(index, column, value)
        page.write_formula(1, 1, '="Lê "&"Mẫu"', value="")
        page.write_formula(2, 7, "=A1")  # the library puts 0 there
        page.write_formula(3, 1, '="Lê "&"Mẫu"', value="Lê Mẫu")
    reading = read(out.getvalue())
    assert [[f.rule for f in item.faults] for item in reading.rows] == [
        ["cell.formula"],
        ["cell.formula"],
        [],
    ]
    entry = reading.rows[2].entry
    assert entry is not None
    assert entry.guest.full_name == "Lê Mẫu"


def test_a_family_shares_its_merged_cells_but_no_name_and_no_number() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(SHEET_NAME)
        shared = dict.fromkeys("NOP", "")
        family = [row(), row(B="Lê Mẫu", **shared), row(B="", H="", **shared)]
        for index, cells in enumerate((HEADER, *family)):
            for column, value in enumerate(cells):
                page.write_string(index, column, value)
        for column, value in ((13, "21/11/2026 21:15"), (14, "23/11/2026 12:00"), (15, "101")):
            page.merge_range(1, column, 3, column, value)
        page.merge_range(1, 1, 3, 1, "Trần Thị Thử")
        page.write_string(2, 1, "Lê Mẫu")
    reading = read(out.getvalue())
    first, second, third = reading.rows
    assert first.entry is not None
    assert second.entry is not None
    assert second.entry.guest.full_name == "Lê Mẫu"
    assert (second.entry.room, second.entry.arrived_at) == ("101", first.entry.arrived_at)
    assert rules_of(third.faults) == ["cell.missing"]
    assert third.cells["P"] == "101"
    assert "H" not in third.cells
    note = next(item for item in reading.problems if item.rule == "workbook.merged")
    assert "6 " in note.message


def test_a_workbook_that_counts_from_1904() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True}) as book:
        page = book.add_worksheet(SHEET_NAME)
        shown = book.add_format({"num_format": "dd/mm/yyyy"})
        for index, cells in enumerate((HEADER, row(), row(C="1990"))):
            for column, value in enumerate(cells):
                page.write_string(index, column, value)
        born, arrived = datetime(2001, 9, 2), datetime(2026, 11, 21, 21, 15)  # noqa: DTZ001 -- cells have no zone
        page.write_datetime(1, 2, born, shown)
        page.write_datetime(1, 13, arrived)  # a bare number
    first, second = read(out.getvalue()).rows
    assert first.entry is not None
    assert first.entry.guest.birth_date == born.date()
    assert first.entry.arrived_at.replace(tzinfo=None) == arrived
    assert second.entry is not None
    assert second.entry.guest.birth_date_precision == "year"
