"""Rows of the official workbook with invented guests."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from asm.db.base import VIETNAM
from asm.intake.sheets.xlsx_template import row_of
from asm.stays.entry import Guest, StayEntry
from tests.people import guest


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
