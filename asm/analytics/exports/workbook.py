"""A workbook of a view: its tables as sheets in the page's order, after a sheet that says what it
is. Text is written as text, so no cell is ever a formula.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from asm.analytics.exports.export_table import About, Cell, Content, ExportColumn, ExportTable

_WIDTH: Final = 16
_WIDE: Final = 60


def write_workbook(tables: Sequence[ExportTable], about: About, path: Path) -> None:
    """Write the file. Memory stays flat however many rows there are: each goes to disk as it comes.
    Takes about 10 µs a cell.
    """
    import xlsxwriter  # noqa: PLC0415 -- slow to load, and only who downloads one needs it

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": about.title})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _write_about(book, about, bold)
        writers = _Writers(book)
        for table in tables:
            _write_table(book, table, bold, writers)


def rows_of_csv(path: Path, columns: Sequence[ExportColumn]) -> Iterator[list[Cell]]:
    """The rows of a file without a head that the database wrote (comma, UTF-8)."""
    kinds = [column.content for column in columns]
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield [_read(text, kind) for text, kind in zip(row, kinds, strict=True)]


def _read(text: str, content: Content) -> Cell:
    if not text:
        return None
    match content:
        case "whole":
            return int(text)
        case "rate":
            return float(text)
        case "day":
            return date.fromisoformat(text)
        case "text":
            return text


class _Writers:
    """How a cell of each content is written."""

    def __init__(self, book: Any) -> None:
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._whole = book.add_format({"num_format": "#,##0"})
        self._rate = book.add_format({"num_format": "#,##0.0#"})

    def write(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None:
                pass
            case str():
                sheet.write_string(row, column, cell)
            case date():
                sheet.write_datetime(row, column, cell, self._day)
            case int():
                sheet.write_number(row, column, cell, self._whole)
            case float():
                sheet.write_number(row, column, cell, self._rate)


def _write_about(book: Any, about: About, bold: Any) -> None:
    sheet = book.add_worksheet(about.about_label[:31])
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, _WIDTH * 2, bold)
    sheet.set_column(1, 1, _WIDE, wrapped)
    sheet.write_string(0, 0, about.title, bold)
    for number, line in enumerate([*about.lines, *about.definitions], start=2):
        sheet.write_string(number, 0, line.label, bold)
        sheet.write_string(number, 1, line.text, wrapped)


def _write_table(book: Any, table: ExportTable, bold: Any, writers: _Writers) -> None:
    sheet = book.add_worksheet(table.title[:31])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(table.columns) - 1, _WIDTH)
    for number, column in enumerate(table.columns):
        sheet.write_string(0, number, column.label, bold)
    for row, cells in enumerate(table.rows, start=1):
        for number, cell in enumerate(cells):
            writers.write(sheet, row, number, cell)
