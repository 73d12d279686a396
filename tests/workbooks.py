"""Rows of the official workbook with invented guests."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec
import pytest

from asm.db.base import VIETNAM
from asm.intake.sheets.read_sheets import read_workbook_limited
from asm.intake.sheets.workbook import WorkbookReading
from asm.intake.sheets.xlsx_template import row_of
from asm.stays.entry import Guest, StayEntry
from tests.people import guest

#: Where the columns stand in a row.
BIRTH: Final = 2
ARRIVAL: Final = 13
DEPARTURE: Final = 14
ROOM: Final = 15


def sheet_row(**changes: Any) -> list[str]:
    """The nineteen texts of a guest who came an hour ago and stays two nights."""
    now = datetime.now(VIETNAM).replace(second=0, microsecond=0)
    person = msgspec.convert(guest(**changes), Guest)
    return list(
        row_of(
            1,
            StayEntry(
                guest=person,
                arrived_at=now - timedelta(hours=1),
                planned_departure_at=now + timedelta(days=2),
                room="101",
                reason=1,
            ),
        )
    )


def day_row(**changes: Any) -> list[str]:
    """A guest who came today, at an hour that nobody told."""
    row = sheet_row(**changes)
    row[ARRIVAL] = f"{datetime.now(VIETNAM):%d/%m/%Y}"
    return row


def read_sheets_at_midnight(patch: pytest.MonkeyPatch) -> None:
    """Move the clock by which files are read back to when the present day began."""

    async def read(data: bytes, today: date, now: datetime, *rest: Any) -> WorkbookReading:
        return await read_workbook_limited(data, today, datetime.combine(today, time(), VIETNAM))

    patch.setattr("asm.imports.declare_workbook.read_workbook_limited", read)


def read_sheets_earlier(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Move the clock by which files are read back."""

    async def read(data: bytes, today: date, now: datetime, *rest: Any) -> WorkbookReading:
        return await read_workbook_limited(data, today - by, now - by, *rest)

    patch.setattr("asm.imports.declare_workbook.read_workbook_limited", read)
