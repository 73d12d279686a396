"""A file of documents to watch for, as a page takes it: CSV as `asm watchlist load` reads it, or
the first sheet of a workbook. For bytes from outside, `read_watch_list_limited`.
"""

import io
from collections.abc import Iterable
from typing import Final

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from asm.checks.watchlist.watch_file import (
    BrokenLine,
    WatchedDocument,
    read_watch_cells,
    read_watch_file,
)
from asm.errors import Invalid, remedy
from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox
from asm.intake.sandbox.sandbox_tasks import SHEET_LINE, WATCH_LIST, SandboxTask
from asm.intake.sheets.xlsx_container import FileReadFault, require_small_list
from asm.locales.texts import both

MOST_ROWS: Final = 50_000
_SANDBOX: Final = Sandbox(SHEET_LINE)


class FileRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of a file could be read, and what to do; in both languages."""

    code: str
    message: str
    message_en: str
    remedy: str = ""
    remedy_en: str = ""


class WatchListReading(msgspec.Struct, frozen=True, kw_only=True):
    """Documents in the file's order, and a line for each of the others."""

    documents: list[WatchedDocument] = []
    broken: list[BrokenLine] = []
    read_fault: FileRefusal | None = None


async def read_watch_list_limited(
    data: bytes, *, task: SandboxTask = WATCH_LIST
) -> WatchListReading:
    """`read_watch_list` in a process with limits."""
    try:
        return await _SANDBOX.run(task, data, WatchListReading)
    except LimitExceeded:
        return WatchListReading(read_fault=_refused("watch_file_too_heavy"))


def read_watch_list(data: bytes) -> WatchListReading:
    """Never raises for what the bytes may hold."""
    try:
        read = list(_sheet(data) if data.startswith(b"PK") else read_watch_file(data))
    except Invalid as refusal:
        return WatchListReading(
            read_fault=FileRefusal(
                code=refusal.code, message=refusal.message, message_en=refusal.message_en
            )
        )
    except FileReadFault as refusal:
        said = refusal.problem
        return WatchListReading(
            read_fault=FileRefusal(
                code=said.rule,
                message=said.message,
                message_en=said.message_en,
                remedy=said.remedy or "",
                remedy_en=said.remedy_en or "",
            )
        )
    if len(read) > MOST_ROWS:
        return WatchListReading(read_fault=_refused("watch_file_too_long", rows=MOST_ROWS))
    return WatchListReading(
        documents=[each for each in read if isinstance(each, WatchedDocument)],
        broken=[each for each in read if isinstance(each, BrokenLine)],
    )


def _sheet(data: bytes) -> Iterable[WatchedDocument | BrokenLine]:
    name = require_small_list(data, MOST_ROWS)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name)
        grid = sheet.to_python(skip_empty_area=False)
    except CalamineError:
        raise FileReadFault("damaged") from None
    for number, row in enumerate(grid, start=1):
        document = read_watch_cells(number, [_written(cell) for cell in row])
        if document is not None:
            yield document


def _written(cell: object) -> str:
    """Numbers as a person reads them: a spreadsheet keeps 79090001234 as 79090001234.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _refused(text: str, **facts: object) -> FileRefusal:
    message, message_en = both("refusals", text, facts)
    return FileRefusal(code=text, message=message, message_en=message_en, **remedy(text, **facts))
