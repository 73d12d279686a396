"""A row is skipped for what it is, never for a word that a guest's row holds somewhere."""

from typing import Any

import pytest

from asm.intake.sheets.sheet_rules import SHEET_NAME
from asm.intake.sheets.workbook import WorkbookReading
from tests.intake.sheets.sheets import HEADER, LETTERS, official, read, row, sheets


def last(reading: WorkbookReading) -> str:
    """What became of the sixth row: `guest`, or why it was skipped."""
    skipped = {item.row: item.reason for item in reading.skipped_rows}
    return skipped.get(6) or next("guest" for item in reading.rows if item.row == 6)


def sparse(cells: dict[str, Any]) -> list[Any]:
    return [cells.get(letter, "") for letter in LETTERS]


@pytest.mark.parametrize(
    "cells",
    [
        {"S": "xe máy [màu xanh]"},
        {"S": "[mẫu]"},
        {"S": "[Test Covid âm tính]"},
        {"M": "[ví dụ] Số 1, Phố Thử"},
        {"B": "Trần Thị Thử [mẫu]"},
        {"B": "[màu xanh] Trần Thị Thử"},
        {"S": "Tổng cộng"},
        {"S": "Ghi chú: trả phòng sớm"},
        {"B": "Tổng"},
        {"B": "Tổng Tiền"},
        {"B": "Tổng Thu Hà"},
        {"B": "Quản Lý"},
        # Each cell with its label before it, as a form's header has it.
        {"I": "Phone: 0912345678", "K": "Tỉnh Bắc Ninh", "L": "Phường Võ Cường",
         "M": "Địa chỉ: Số 1", "P": "Phòng/1", "Q": "Lý do: du lịch", "S": "Ghi chú: không"},
    ],
)  # fmt: skip
def test_a_guest_is_skipped_for_no_word_in_their_row(cells: dict[str, Any]) -> None:
    assert last(read(official(row(), row(**cells)))) == "guest"


def test_a_name_without_anything_else_is_missed_aloud() -> None:
    """A note about a sum makes no total of a guest whose cells are empty."""
    assert last(read(official(row(), sparse({"B": "Trần Văn Thử", "S": "Tổng cộng"})))) == "guest"


@pytest.mark.parametrize(
    "cells",
    [
        {"B": "Tổng tiền", "H": 125_000_000},
        {"A": "Tổng tiền", "H": "125.000.000 đ"},
        {"G": "Tổng tiền", "H": 125_000_000_000},
        {"B": "Tổng số khách: 12 (nam 5, nữ 7)"},
        {"B": "Tổng số khách: 12", "D": "Nữ"},
        {"B": "Số lượng 5"},
        {"A": "Số lượng", "B": 5},
        {"B": "Tổng doanh thu", "N": "30/11/2026"},
        {"A": "Tổng doanh thu tháng 11", "C": "30/11/2026"},
        {"B": "TỔNG SỐ LƯỢT KHÁCH LƯU TRÚ TRONG NGÀY", "O": 12},
        {"B": "Total guests: 12", "N": "30/11/2026"},
    ],
)
def test_a_sum_with_a_date_or_a_long_amount_is_no_guest(cells: dict[str, Any]) -> None:
    assert last(read(official(row(), sparse(cells)))) == "total"


def test_a_remark_under_the_list_is_no_guest() -> None:
    assert last(read(official(row(), sparse({"B": "Ghi chú: khách đoàn"})))) == "signature"


@pytest.mark.parametrize("mark", ["[EXAMPLE] Mẫu", "[mẫu 2] A", "[vi du] A", "[Test] A", "[mau] A"])
@pytest.mark.parametrize("letter", ["A", "B"])
def test_an_example_says_so_at_the_beginning(letter: str, mark: str) -> None:
    assert last(read(official(row(), row(**{letter: mark})))) == "example"


def test_guests_on_another_sheet_are_told() -> None:
    """Three guests on the second sheet; a list of something else says nothing of guests."""
    pages = {
        SHEET_NAME: [HEADER, row()],
        "Tháng 12": [["x"], HEADER, *[row()] * 3, ["", "Tổng cộng"]],
        "Danh mục": [["Mã", "Tên"], ["1", "Du lịch"]],
        "Trống": [HEADER],
    }
    reading = read(sheets(pages))
    (warning,) = [p for p in reading.problems if p.rule == "workbook.guests_elsewhere"]
    assert (reading.accepted, warning.severity) == (1, "warn")
    for text in (warning.message, warning.message_en):
        assert "“Tháng 12”" in text
        assert "3" in text
