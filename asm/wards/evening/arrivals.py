"""Arrivals of an evening by half hours, beside what is usual on that weekday."""

from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.checks.usual_nights import WEEKS
from asm.db.base import vietnam_time
from asm.db.statements import read_statements
from asm.facilities.scope import require_ward

_SQL = read_statements(__name__)
_HALF_HOURS = text(_SQL["half_hours"])
#: From noon to midnight; who comes earlier or later is counted in the sum only.
FIRST_SLOT: Final = 24
SLOTS: Final = 24


class HalfHour(msgspec.Struct, frozen=True, kw_only=True):
    """`begins`: as a clock shows it. `arrived`: None for one that has not begun. `usual`: the
    middle of the same weekday of eight weeks, None where there is nothing to go by.
    """

    begins: str
    arrived: int | None
    usual: float | None


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """`so_far` arrivals of the night up to now, and how many were usual by then."""

    half_hours: list[HalfHour]
    so_far: int
    usual_so_far: float | None


async def arrivals_by_half_hour(scope: Scope, ward_code: str, night: date) -> Arrivals:
    """Of the ward's night up to the actor's clock. One statement, which reads nine nights."""
    require_ward(scope.actor, ward_code)
    nights = [night, *(night - timedelta(days=ago) for ago in WEEKS)]
    rows = await scope.session.execute(
        _HALF_HOURS,
        {
            "ward": ward_code,
            "nights": nights,
            "dates": [day + timedelta(days=after) for day in nights for after in (0, 1)],
        },
    )
    came = {(row.first_night, row.slot): int(row.arrived) for row in rows}
    begun = _slots_begun(night, scope.actor.now)
    # A ward that began lately has fewer weeks behind it.
    past = [day for day in nights[1:] if any(first == day for first, _ in came)]
    sums = [sum(came.get((day, slot), 0) for slot in range(min(begun, 48))) for day in past]
    return Arrivals(
        half_hours=[
            HalfHour(
                begins=f"{slot // 2:02d}:{slot % 2 * 30:02d}",
                arrived=came.get((night, slot), 0) if slot < begun else None,
                usual=median(came.get((day, slot), 0) for day in past) if past else None,
            )
            for slot in range(FIRST_SLOT, FIRST_SLOT + SLOTS)
        ],
        so_far=sum(arrived for (first, slot), arrived in came.items() if first == night),
        usual_so_far=median(sums) if sums else None,
    )


def _slots_begun(night: date, now: datetime) -> int:
    """How many half hours of the night's date, counted from midnight, have begun; 48 afterwards."""
    clock = vietnam_time(now)
    if clock.date() > night:
        return 48
    return clock.hour * 2 + clock.minute // 30 + 1
