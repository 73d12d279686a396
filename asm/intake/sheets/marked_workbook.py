"""The workbook that came in, with what is wrong in it: a column of errors and coloured cells.

For bytes from outside, call `asm.intake.sheets.read_sheets.mark_workbook_limited`.
"""

import math
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final, Literal

import msgspec

from asm.intake.sheets.cells import CellValue
from asm.intake.sheets.sheet_rules import MAX_COLUMNS
from asm.intake.sheets.workbook import COLUMNS, MARKS_LABEL
from asm.intake.sheets.xlsx import OpenSheet, open_sheet
from asm.intake.sheets.xlsx_container import FileReadFault
from asm.stays.entry import Problem

_LONGEST: Final = 32_000  # a cell holds 32,767 characters
_COLOURS: Final = {"refuse": "#F6C9C4", "warn": "#FBE9B7", "skip": "#EEEEEE"}
_TEXT_COLUMNS: Final = frozenset("HI")  # numbers that begin with zeros


class SheetMark(msgspec.Struct, frozen=True, kw_only=True):
    """What to write beside row `row`: `text`, the colours of its cells by column letter (`refuse`
    or `warn`), and corrected values that a person has accepted.
    """

    row: int
    text: str
    colours: dict[str, Literal["refuse", "warn"]] = {}
    values: dict[str, str] = {}


class MarkedWorkbook(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of an .xlsx file; or what refuses it, and no bytes."""

    content: bytes = b""
    problems: list[Problem] = []


def mark_workbook(data: bytes, *, marks: list[SheetMark]) -> MarkedWorkbook:
    """The sheet with the guests, each value in its place and of its kind, and the marks: it can be
    corrected and uploaded again. Other sheets, formulas and looks are left behind.
    """
    try:
        sheet = open_sheet(data)
    except FileReadFault as refusal:
        return MarkedWorkbook(problems=[refusal.problem])
    import xlsxwriter  # noqa: PLC0415 -- slow to load, and only a marked workbook needs it

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet.name)
        _MarkedPage(book, page, sheet, {mark.row: mark for mark in marks}).write()
    return MarkedWorkbook(content=out.getvalue())


class _MarkedPage:
    def __init__(self, book: Any, page: Any, sheet: OpenSheet, marks: dict[int, SheetMark]) -> None:
        self.book, self.page, self.sheet, self.marks = book, page, sheet, marks
        self.letters = {index: letter for letter, index in sheet.header.indexes.items()}
        self.formats: dict[tuple[str, str], Any] = {}
        self.marks_at = _column_of_marks(sheet)

    def write(self) -> None:
        self.page.set_column(0, self.marks_at - 1, 18)
        for letter in _TEXT_COLUMNS & self.sheet.header.indexes.keys():
            index = self.sheet.header.indexes[letter]
            self.page.set_column(index, index, 18, self._format("", "@"))
        self.page.set_column(self.marks_at, self.marks_at, 70)
        for row, line in enumerate(self.sheet.grid, start=1):
            mark = self.marks.get(row)
            for index, value in enumerate(line):
                if index != self.marks_at:
                    self._write_cell(row, index, value, mark)
            if mark is not None:
                colour = "refuse" if mark.colours else "skip"
                self.page.write_string(
                    row - 1, self.marks_at, mark.text[:_LONGEST], self._format(colour, "@")
                )
        header = self.sheet.header.row - 1
        self.page.write_string(header, self.marks_at, MARKS_LABEL, self._format("refuse", "@"))
        if self.sheet.header.known:
            self.page.freeze_panes(header + 1, 2)

    def _write_cell(self, row: int, index: int, value: CellValue, mark: SheetMark | None) -> None:
        letter = self.letters.get(index, "")
        colour = mark.colours.get(letter, "") if mark is not None else ""
        if mark is not None and letter in mark.values:
            value = mark.values[letter]
        at = (row - 1, index)
        if isinstance(value, str):
            # An empty marked cell keeps its colour.
            if value or colour:
                self.page.write_string(*at, value[:_LONGEST], self._format(colour, "@"))
        elif isinstance(value, bool):
            self.page.write_boolean(*at, value, self._format(colour, ""))
        elif isinstance(value, datetime):
            shown = "dd/mm/yyyy hh:mm" if (value.hour or value.minute) else "dd/mm/yyyy"
            self.page.write_datetime(*at, value, self._format(colour, shown))
        elif isinstance(value, date):
            self.page.write_datetime(*at, value, self._format(colour, "dd/mm/yyyy"))
        elif isinstance(value, float | int) and math.isfinite(value):
            shown = "0" if float(value).is_integer() else ""
            self.page.write_number(*at, value, self._format(colour, shown))
        else:
            self.page.write_string(*at, str(value)[:_LONGEST], self._format(colour, "@"))

    def _format(self, colour: str, shown: str) -> Any:
        key = (colour, shown)
        if key not in self.formats:
            looks: dict[str, Any] = {"num_format": shown} if shown else {}
            if colour:
                looks |= {"bg_color": _COLOURS[colour]}
            self.formats[key] = self.book.add_format(looks)
        return self.formats[key]


def _column_of_marks(sheet: OpenSheet) -> int:
    """The column that an earlier marking added, or the first free one behind the form's."""
    header = sheet.grid[sheet.header.row - 1] if sheet.header.row <= len(sheet.grid) else []
    for index, value in enumerate(header):
        if str(value).strip() == MARKS_LABEL and index not in sheet.header.indexes.values():
            return index
    width = max((len(line) for line in sheet.grid), default=0)
    return min(max(width, len(COLUMNS)), MAX_COLUMNS - 1)
