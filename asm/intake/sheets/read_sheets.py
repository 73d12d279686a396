"""Files of strangers, read in a process with limits: a bomb becomes a problem, not a crash, and the
event loop stays free.
"""

from datetime import date, datetime
from typing import Final

from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox
from asm.intake.sandbox.sandbox_tasks import (
    ADDRESS_LIST,
    MARKED_WORKBOOK,
    SHEET_LINE,
    WORKBOOK,
    SandboxTask,
)
from asm.intake.sheets.address_list import AddressListReading, too_heavy
from asm.intake.sheets.marked_workbook import MarkedWorkbook, SheetMark
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import SheetAnswers, WorkbookReading

_SANDBOX: Final = Sandbox(SHEET_LINE)
_NO_ANSWERS: Final = SheetAnswers()


async def read_workbook_limited(
    data: bytes,
    today: date,
    now: datetime | None = None,
    answers: SheetAnswers = _NO_ANSWERS,
    *,
    task: SandboxTask = WORKBOOK,
) -> WorkbookReading:
    """`asm.intake.sheets.xlsx.read_workbook` for bytes from outside."""
    try:
        return await _SANDBOX.run(
            task, data, WorkbookReading, today=today, now=now, answers=answers
        )
    except LimitExceeded:
        return WorkbookReading(problems=[FILE_RULES["workbook.too_heavy"].problem()])


async def mark_workbook_limited(data: bytes, marks: list[SheetMark]) -> MarkedWorkbook:
    """`asm.intake.sheets.marked_workbook.mark_workbook` for bytes from outside."""
    try:
        return await _SANDBOX.run(MARKED_WORKBOOK, data, MarkedWorkbook, marks=marks)
    except LimitExceeded:
        return MarkedWorkbook(problems=[FILE_RULES["workbook.too_heavy"].problem()])


async def read_address_list_limited(
    data: bytes, *, task: SandboxTask = ADDRESS_LIST
) -> AddressListReading:
    """`asm.intake.sheets.address_list.read_address_list` for bytes from outside."""
    try:
        return await _SANDBOX.run(task, data, AddressListReading)
    except LimitExceeded:
        return AddressListReading(read_fault=too_heavy())
