"""A workbook of guests, read row by row. For bytes from outside, call
`asm.intake.sheets.read_sheets.read_workbook_limited`: a small file can still be a heavy one.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final, NamedTuple

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from asm.identity.names import folded_key
from asm.intake.sheets.cell_dates import ColumnOrder, parse_date
from asm.intake.sheets.cells import CellReadFault, CellValue, is_number
from asm.intake.sheets.date_order import StayOrders, answered, order_of_births, order_of_stays
from asm.intake.sheets.guest_rows import Cells, SheetHeader, find_header, guest_rows
from asm.intake.sheets.sheet_context import SheetContext
from asm.intake.sheets.sheet_rules import FILE_RULES, MAX_ROWS, SHEET_NAME
from asm.intake.sheets.workbook import FileColumn, SheetAnswers, WorkbookReading
from asm.intake.sheets.xlsx_container import (
    FileReadFault,
    SheetXml,
    measure_sheet,
    sheets_of_workbook,
)
from asm.intake.sheets.xlsx_rows import read_row
from asm.stays.entry import Problem

# What a family has in common; a name or a number is nobody else's.
_SHARED: Final = frozenset("EJKLMNOPQRS")
_MOST_MERGED: Final = 50  # a merged range may claim a million rows
_DAYS_TO_1904: Final = 1_462
_NO_YEAR: Final = 3_000  # a year alone is no day
_LONGEST_HEADER: Final = 60
_MOST_SHEETS: Final = 40
_FOREIGNERS_SHEET: Final = "kbtt"
_NO_ANSWERS: Final = SheetAnswers()


class OpenSheet(NamedTuple):
    """The sheet with the guests: its name, its grid from A1, its header, the cells (row from 1,
    column from 0) whose formula has no result, merged cells (first and last row and column, from
    0), notes.
    """

    name: str
    grid: list[list[CellValue]]
    header: SheetHeader
    no_result: frozenset[tuple[int, int]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    problems: list[Problem]


def read_workbook(
    data: bytes,
    *,
    today: date,
    now: datetime | None = None,
    answers: SheetAnswers = _NO_ANSWERS,
) -> WorkbookReading:
    """Read the sheet DS_KHACH_VIET_NAM_LUU_TRU, or the one sheet that looks like it. Never raises
    for what the bytes may hold.

    `today` is the Vietnamese date and `now` (with a zone) the moment, used to place arrivals given
    without a time (see `asm.intake.sheets.xlsx_rows.assumed_arrival`), two-digit years, and dates
    that may be read in two orders.
    """
    try:
        sheet = open_sheet(data)
    except FileReadFault as refusal:
        return WorkbookReading(problems=[refusal.problem])
    return _read_sheet(sheet, SheetContext(today=today, now=now, answers=answers))


def open_sheet(data: bytes) -> OpenSheet:
    """The sheet with the guests. Raises FileReadFault."""
    sheets = sheets_of_workbook(data)
    official = next((s for s in sheets if _key(s.name) == _key(SHEET_NAME)), None)
    if not sheets:
        raise FileReadFault("no_sheet", found="–")
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        if official is not None:
            page = _open(book, official)
            others = [sheet for sheet in sheets if sheet is not official and sheet.xml]
            return page._replace(problems=_guests_elsewhere(book, others))
        return _only_sheet(book, [sheet for sheet in sheets if not sheet.hidden and sheet.xml])
    except CalamineError as error:
        raise FileReadFault("damaged") from error


def _guests_elsewhere(book: CalamineWorkbook, sheets: Sequence[SheetXml]) -> list[Problem]:
    """A remark for each other sheet, hidden ones too, on which guests stand: they are not read."""
    remarks = []
    for sheet in sheets[:_MOST_SHEETS]:
        try:
            page = _open(book, sheet)
        except FileReadFault:  # over the limits of a list of guests, such as one of all wards
            continue
        count = len(guest_rows(page.grid, page.header).guests) if _has_guests(page.header) else 0
        if count:
            name = sheet.name[:31]
            remarks.append(FILE_RULES["workbook.guests_elsewhere"].problem(found=name, count=count))
    return remarks


def _key(name: str) -> str:
    return folded_key(name).replace(" ", "")


def _open(book: CalamineWorkbook, sheet: SheetXml) -> OpenSheet:
    """Raises FileReadFault for a sheet over the limits, and when the library gives fewer rows than
    the XML holds: a sheet says of itself how large it is, and is wrong in some portals' exports.
    """
    if sheet.xml is None:
        raise FileReadFault("damaged")
    extent = measure_sheet(sheet.xml, MAX_ROWS)
    cells = book.get_sheet_by_name(sheet.name)
    grid: list[list[CellValue]] = cells.to_python(skip_empty_area=False)
    if len(grid) < extent.last_row:
        raise FileReadFault("incomplete", row=extent.last_row)
    header = find_header(grid)
    if sheet.from_1904:
        _count_from_1900(grid, header)
    merged = cells.merged_cell_ranges or []
    return OpenSheet(sheet.name, grid, header, extent.no_result, merged, [])


def _count_from_1900(grid: list[list[CellValue]], header: SheetHeader) -> None:
    """Days that stand there as bare numbers; the library knows only cells that look like dates."""
    indexes = [header.indexes[letter] for letter in "CNO" if letter in header.indexes]
    for line in grid[header.row :]:
        for index in indexes:
            value = line[index] if index < len(line) else ""
            if is_number(value) and isinstance(value, float | int) and value > _NO_YEAR:
                line[index] = value + _DAYS_TO_1904


def _only_sheet(book: CalamineWorkbook, sheets: Sequence[SheetXml]) -> OpenSheet:
    """The one sheet that holds guests, whatever its name."""
    names = ", ".join(sheet.name[:31] for sheet in sheets[:5]) or "–"
    if any(_key(sheet.name) == _FOREIGNERS_SHEET for sheet in sheets):
        raise FileReadFault("foreigners")
    opened = [(sheet, _open(book, sheet)) for sheet in sheets[:_MOST_SHEETS]]
    lists = [(sheet, page) for sheet, page in opened if _has_guests(page.header)]
    if len(lists) == 1:
        sheet, page = lists[0]
        note = FILE_RULES["workbook.other_sheet"].problem(found=sheet.name[:31])
        return page._replace(problems=[note])
    filled = [page for _, page in opened if page.grid]
    raise FileReadFault("no_header" if len(filled) == 1 else "no_sheet", found=names)


def _has_guests(header: SheetHeader) -> bool:
    return header.known and {"B", "N"} <= header.indexes.keys()


def _read_sheet(sheet: OpenSheet, context: SheetContext) -> WorkbookReading:
    listed = guest_rows(sheet.grid, sheet.header)
    if len(listed.guests) > MAX_ROWS:
        return WorkbookReading(problems=[FILE_RULES["workbook.rows"].problem(limit=MAX_ROWS)])
    guests, filled = _with_merged(listed.guests, sheet)
    births, stays = _orders(guests, context)
    letters = {index: letter for letter, index in sheet.header.indexes.items()}
    no_result = frozenset(
        f"{letters[column]}{row}" for row, column in sheet.no_result if column in letters
    )
    context = msgspec.structs.replace(context, births=births, stays=stays, no_result=no_result)
    rows = [read_row(row, cells, context) for row, cells in guests]
    accepted = sum(row.entry is not None for row in rows)
    return WorkbookReading(
        read=len(rows) + len(listed.skipped),
        accepted=accepted,
        rejected=len(rows) - accepted,
        skipped=len(listed.skipped),
        rows=rows,
        skipped_rows=listed.skipped,
        problems=[*sheet.problems, *listed.problems, *_file_notes(guests, filled)],
        columns=_columns_of(sheet),
    )


def _columns_of(sheet: OpenSheet) -> dict[str, FileColumn]:
    line = sheet.grid[sheet.header.row - 1] if sheet.header.row <= len(sheet.grid) else []
    said = [" ".join(str(value).split())[:_LONGEST_HEADER] for value in line]
    return {
        letter: FileColumn(
            letter=_file_letter(index), header=said[index] if index < len(said) else ""
        )
        for letter, index in sheet.header.indexes.items()
    }


def _file_letter(index: int) -> str:
    """A column as Excel names it, from 0: A to Z, AA to AN (`MAX_COLUMNS`)."""
    first, last = divmod(index, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)


def _with_merged(
    guests: Sequence[tuple[int, Cells]], sheet: OpenSheet
) -> tuple[list[tuple[int, Cells]], int]:
    """The rows with what a merged cell above them says for all its rows, and how many cells."""
    letters = {index: letter for letter, index in sheet.header.indexes.items()}
    shared: dict[int, dict[str, CellValue]] = defaultdict(dict)
    for (top, left), (bottom, right) in sheet.merged:
        letter = letters.get(left, "")
        if left == right and letter in _SHARED and sheet.header.row <= top < len(sheet.grid):
            for row in range(top + 2, min(bottom, top + _MOST_MERGED) + 2):
                shared[row][letter] = sheet.grid[top][left]
    filled = 0
    rows: list[tuple[int, Cells]] = []
    for row, cells in guests:
        more = {k: v for k, v in shared.get(row, {}).items() if not str(cells.get(k, "")).strip()}
        filled += len(more)
        rows.append((row, {**cells, **more}))
    return rows, filled


def _orders(
    guests: Sequence[tuple[int, Cells]], context: SheetContext
) -> tuple[ColumnOrder, StayOrders]:
    """What a person answered, or what the file itself shows."""
    answers, today = context.answers, context.today
    births = order_of_births((cells.get("C", "") for _, cells in guests), today=today)
    stays = order_of_stays(
        ((row, cells.get("N", ""), cells.get("O", "")) for row, cells in guests), today=today
    )
    if answers.birth_order:
        births = answered(births, answers.birth_order)
    return births, stays.answered(answers.stay_order) if answers.stay_order else stays


def _file_notes(guests: Sequence[tuple[int, Cells]], filled: int) -> list[Problem]:
    days = sum(_is_day_alone(cells.get("O", "")) for _, cells in guests)
    notes = []
    if not guests:
        notes.append(FILE_RULES["workbook.no_rows"].problem())
    if filled:
        notes.append(FILE_RULES["workbook.merged"].problem(count=filled))
    if days:
        notes.append(FILE_RULES["workbook.departure_day"].problem(count=days))
    return notes


def _is_day_alone(value: CellValue) -> bool:
    try:
        return parse_date(value, expected="stay").at is None
    except CellReadFault:
        return False
