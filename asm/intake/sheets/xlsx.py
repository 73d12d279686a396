"""The official workbook of Vietnamese guests, read row by row. For bytes from outside, call
`asm.intake.sheets.read_sheets.read_workbook_limited`: a small file can still be a heavy one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from asm.identity.names import folded_key
from asm.intake.sheets.cells import CellReadFault, CellValue, read_moment
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import COLUMNS, WorkbookReading, WorkbookRow
from asm.intake.sheets.xlsx_container import FileReadFault, require_small_workbook
from asm.intake.sheets.xlsx_rows import SheetContext, read_row
from asm.stays.entry import Problem

__all__ = ["WorkbookReading", "WorkbookRow", "read_workbook"]

Cells = Mapping[str, CellValue]

_HEADER_ROW: Final = 2
_SEARCH_ROWS: Final = 10
_ENOUGH_HEADERS: Final = 6
_DATE_COLUMNS: Final = ("C", "N", "O")
_LONG_NUMBER: Final = re.compile(r"[0-9]{7}")
_EXAMPLE: Final = re.compile(r"\[\s*(?:example|test|vi du|mau)\s*\]")


def read_workbook(data: bytes, *, today: date, now: datetime | None = None) -> WorkbookReading:
    """Read the sheet DS_KHACH_VIET_NAM_LUU_TRU. Never raises for what the bytes may hold.

    `today` is the Vietnamese date and `now` (with a zone) the moment, used only to place arrivals
    given without a time (see `asm.intake.sheets.xlsx_rows.assumed_arrival`).
    """
    try:
        name = require_small_workbook(data)
        sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name(name)
        grid: list[list[CellValue]] = sheet.to_python(skip_empty_area=False)
    except FileReadFault as refusal:
        return WorkbookReading(problems=[refusal.problem])
    except CalamineError:
        return WorkbookReading(problems=[FILE_RULES["workbook.damaged"].problem()])
    return _read_grid(grid, today=today, now=now)


def _read_grid(
    grid: Sequence[Sequence[CellValue]], *, today: date, now: datetime | None
) -> WorkbookReading:
    header_row, indexes = _find_header(grid)
    numbered = [
        (row, {letter: line[i] for letter, i in indexes.items() if i < len(line)})
        for row, line in enumerate(grid, start=1)
        if row > header_row
    ]
    guests, skipped, problems = _guest_rows(numbered, header_row)
    context = SheetContext(today=today, now=now, us_columns=frozenset(_us_columns(guests)))
    rows = [read_row(row, cells, context) for row, cells in guests]
    accepted = sum(row.entry is not None for row in rows)
    if not rows:
        problems.append(FILE_RULES["workbook.no_rows"].problem())
    return WorkbookReading(
        read=len(rows) + skipped,
        accepted=accepted,
        rejected=len(rows) - accepted,
        skipped=skipped,
        rows=rows,
        problems=problems,
    )


def _find_header(grid: Sequence[Sequence[CellValue]]) -> tuple[int, dict[str, int]]:
    """The header's row from 1, and the index of each column's letter.

    Columns are where their headers are; one whose header is not recognised keeps its official
    place, unless another header has claimed that.
    """
    for row, line in enumerate(grid[:_SEARCH_ROWS], start=1):
        indexes: dict[str, int] = {}
        for index, value in enumerate(line):
            letter = _letter_of(value)
            if letter is not None:
                indexes.setdefault(letter, index)
        if len(indexes) >= _ENOUGH_HEADERS:
            claimed = set(indexes.values())
            official = {column.letter: i for i, column in enumerate(COLUMNS)}
            free = {k: i for k, i in official.items() if k not in indexes and i not in claimed}
            return row, free | indexes
    return _HEADER_ROW, {column.letter: i for i, column in enumerate(COLUMNS)}


def _letter_of(header: CellValue) -> str | None:
    """The column whose longest key begins the header, without spaces and marks."""
    if not isinstance(header, str):
        return None
    key = folded_key(header).replace(" ", "").strip("*()")
    matches = [(len(k), c.letter) for c in COLUMNS for k in c.keys if key.startswith(k)]
    return max(matches)[1] if matches else None


def _guest_rows(
    numbered: Sequence[tuple[int, Cells]], header_row: int
) -> tuple[list[tuple[int, Cells]], int, list[Problem]]:
    """The rows that hold guests, how many examples were skipped, and a note on row 4 if needed.

    The form has hints under its header and an example under them. Hotels delete both: a first row
    with a date or a document number is a guest's.
    """
    guests: list[tuple[int, Cells]] = []
    problems: list[Problem] = []
    skipped = 0
    has_hints = bool(numbered) and _is_hints(numbered[0][1])
    for row, cells in numbered:
        if _is_blank(cells) or (has_hints and row == header_row + 1 and not _is_example(cells)):
            continue
        unmarked_example = has_hints and row == _HEADER_ROW + 2 and header_row == _HEADER_ROW
        if _is_example(cells):
            skipped += 1
        elif unmarked_example:
            skipped += 1
            problems.append(FILE_RULES["workbook.row4_skipped"].problem())
        else:
            guests.append((row, cells))
    return guests, skipped, problems


def _is_blank(cells: Cells) -> bool:
    """Nothing but a running number: forms come with column A filled in."""
    return not any(str(value).strip() for letter, value in cells.items() if letter != "A")


def _is_example(cells: Cells) -> bool:
    return any(isinstance(v, str) and _EXAMPLE.search(_plain(v)) for v in cells.values())


def _plain(text: str) -> str:
    return folded_key(text[:200])


def _is_hints(cells: Cells) -> bool:
    """A row with words but neither a date nor anything like a document number."""
    has_date = any(_is_date(cells.get(letter, "")) for letter in ("C", "N"))
    has_number = _LONG_NUMBER.search(str(cells.get("H", ""))) is not None
    return not (_is_blank(cells) or has_date or has_number)


def _is_date(value: CellValue) -> bool:
    try:
        read_moment(value)
    except CellReadFault:
        return False
    return True


def _us_columns(rows: Sequence[tuple[int, Cells]]) -> Iterator[str]:
    for letter in _DATE_COLUMNS:
        if any(_only_month_first(cells.get(letter, "")) for _, cells in rows):
            yield letter


def _only_month_first(value: CellValue) -> bool:
    try:
        return read_moment(value).us_order
    except CellReadFault:
        return False
