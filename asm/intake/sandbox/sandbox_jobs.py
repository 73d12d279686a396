"""The functions that run inside the sandbox: plain values in, structs out."""

from datetime import date, datetime

from asm.intake.sheets.address_list import AddressListReading, read_address_list
from asm.intake.sheets.workbook import WorkbookReading
from asm.intake.sheets.xlsx import read_workbook


def read_workbook_job(data: bytes, today: str, now: str | None) -> WorkbookReading:
    """`read_workbook` with its dates as ISO text."""
    moment = datetime.fromisoformat(now) if now is not None else None
    return read_workbook(data, today=date.fromisoformat(today), now=moment)


def read_address_list_job(data: bytes) -> AddressListReading:
    """`read_address_list` as it is."""
    return read_address_list(data)
