"""Files of strangers, read in a process with limits: a bomb becomes a problem, not a crash, and the
event loop stays free.
"""

from datetime import date, datetime
from typing import Final

from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox
from asm.intake.sandbox.sandbox_jobs import ADDRESS_LIST, SHEET_LINE, WORKBOOK, SandboxJob
from asm.intake.sheets.address_list import AddressListReading, too_heavy
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import WorkbookReading

_SANDBOX: Final = Sandbox(SHEET_LINE)


async def read_workbook_limited(
    data: bytes, today: date, now: datetime | None = None, *, job: SandboxJob = WORKBOOK
) -> WorkbookReading:
    """`asm.intake.sheets.xlsx.read_workbook` for bytes from outside."""
    try:
        return await _SANDBOX.run(job, data, WorkbookReading, today=today, now=now)
    except LimitExceeded:
        return WorkbookReading(problems=[FILE_RULES["workbook.too_heavy"].problem()])


async def read_address_list_limited(
    data: bytes, *, job: SandboxJob = ADDRESS_LIST
) -> AddressListReading:
    """`asm.intake.sheets.address_list.read_address_list` for bytes from outside."""
    try:
        return await _SANDBOX.run(job, data, AddressListReading)
    except LimitExceeded:
        return AddressListReading(unreadable=too_heavy())
