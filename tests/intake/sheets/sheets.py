"""Sheets as hotels make them, and reading them as the intake does."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from asm.intake.sheets.sheet_rules import SHEET_NAME
from asm.intake.sheets.workbook import COLUMNS, RowFault, WorkbookReading
from asm.intake.sheets.xlsx import read_workbook
from asm.stays.entry import StayEntry

TODAY = date(2026, 11, 22)
GOOD = {
    "A": "1", "B": "Trần Thị Thử", "C": "02/09/2001", "D": "Nữ", "E": "VNM - Việt Nam",
    "F": "1 - Thẻ CCCD", "H": "079301000025", "I": "0912345678", "J": "1 - Thường trú",
    "K": "TP Hồ Chí Minh", "N": "21/11/2026 21:15", "O": "23/11/2026", "P": "101",
    "Q": "1 - Du lịch",
}  # fmt: skip
LETTERS = [column.letter for column in COLUMNS]


def row(**changes: Any) -> list[Any]:
    cells = GOOD | changes
    return [cells.get(letter, "") for letter in LETTERS]


def sheet(rows: Sequence[Sequence[Any]], *, name: str = SHEET_NAME, first: int = 1) -> bytes:
    """A sheet as hotels make them: real dates and numbers where they are given."""
    return sheets({name: rows}, first=first)


def sheets(pages: Mapping[str, Sequence[Sequence[Any]]], *, first: int = 1) -> bytes:
    """Some of them in one file, by their names."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in pages.items():
            _write(book.add_worksheet(name), rows, first)
    return out.getvalue()


def _write(page: Any, rows: Sequence[Sequence[Any]], first: int) -> None:
    for index, values in enumerate(rows, start=first - 1):
        for column, value in enumerate(values):
            if isinstance(value, str):
                page.write_string(index, column, value)
            elif isinstance(value, date):
                page.write_datetime(index, column, value)
            else:
                page.write(index, column, value)


HEADER = [column.label for column in COLUMNS]


def official(*rows: Sequence[Any]) -> bytes:
    return sheet([["DANH SÁCH"], HEADER, ["gợi ý"] * 19, row(B="[EXAMPLE] Mẫu"), *rows])


def read(data: bytes, **more: Any) -> WorkbookReading:
    return read_workbook(data, today=TODAY, **more)


def only(data: bytes) -> tuple[StayEntry | None, list[RowFault]]:
    (read_row,) = read(data).rows
    return read_row.entry, read_row.faults


def rules_of(faults: Sequence[RowFault]) -> list[str]:
    return [fault.rule for fault in faults]
