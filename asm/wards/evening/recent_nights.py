"""The nights before, in four figures, from the totals: what a figure of tonight is held against."""

from datetime import date, timedelta
from typing import Final

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.db.statements import read_statements
from asm.facilities.scope import require_ward

#: Tonight and the eight nights before it: the same weekday of last week is one of them.
NIGHTS: Final = 8

_SQL = read_statements(__name__)
_NIGHTS = text(_SQL["nights"])


class NightBefore(msgspec.Struct, frozen=True, kw_only=True):
    """Guests and foreigners of a night, and the share of open beds taken (per cent; None where no
    beds are known).
    """

    night: date
    guests: int
    foreigners: int
    beds_percent: float | None


async def nights_before(scope: Scope, ward_code: str, night: date) -> list[NightBefore]:
    """The eight nights before, the oldest first; nothing where totals do not reach that far."""
    require_ward(scope.actor, ward_code)
    values = {
        "ward": ward_code,
        "first": night - timedelta(days=NIGHTS),
        "last": night - timedelta(days=1),
    }
    rows = await scope.session.execute(_NIGHTS, values)
    return [
        NightBefore(
            night=row.night,
            guests=row.guests or 0,
            foreigners=row.foreigners or 0,
            beds_percent=round(100 * row.known / row.beds, 1) if row.beds else None,
        )
        for row in rows
    ]
