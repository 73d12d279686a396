"""What is usual for each silent house on nights like this one, and by what hour it usually speaks.

Looked at is the same weekday as in `asm.checks.usual_nights`, whose rule says when silence is
unlike a house; here each of those nights is shown, too.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.checks.usual_nights import NIGHTS_ENOUGH, USUAL, WEEKS, YEAR_AGO
from asm.db.base import VIETNAM
from asm.db.statements import read_statements
from asm.facilities.nights import MORNING

_SQL = read_statements(__name__, USUAL)
_HABITS = text(_SQL["habits"])
_AGO: Final = [*WEEKS, *YEAR_AGO]


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """`dots`: of the last eight nights like this one, the oldest first, on which new guests came;
    None for a night that says nothing (closed, or not active yet). `usual_guests`: the mean of
    those nights that had some. `expected`: silence is unlike this house. `spoke_by`: by this time
    of night, in the middle of them, its first guest was declared.
    """

    dots: tuple[bool | None, ...]
    usual_guests: int
    expected: bool
    spoke_by: datetime | None

    @property
    def nights(self) -> int:
        """How many of the eight say something."""
        return sum(dot is not None for dot in self.dots)

    @property
    def declared(self) -> int:
        """On how many of them new guests came."""
        return sum(dot is True for dot in self.dots)

    def overdue(self, now: datetime) -> bool:
        """Whether the house would have spoken by now, as far as its habit says."""
        return self.expected and (self.spoke_by is None or self.spoke_by <= now)


async def habits_of(
    scope: Scope, ward_code: str, facilities: Sequence[UUID], night: date
) -> dict[UUID, Habit]:
    """Of facilities of the actor's ward; those are missing that were not active on any such night.
    One statement, which reads the ward's stays of eleven nights.
    """
    if not facilities:
        return {}
    values = {
        "ward": ward_code,
        "facilities": list(facilities),
        "night": night,
        "ago": _AGO,
        "nights": [night - timedelta(days=ago) for ago in _AGO],
        "dates": [night - timedelta(days=ago - after) for ago in _AGO for after in (0, 1)],
        "enough": NIGHTS_ENOUGH,
    }
    rows = await scope.session.execute(_HABITS, values)
    begins = datetime.combine(night, MORNING, VIETNAM)
    return {row.id: _habit(row, begins) for row in rows}


def _habit(row: Any, begins: datetime) -> Habit:
    declared = dict(zip(row.backs, row.declared, strict=True))
    return Habit(
        dots=tuple(declared.get(ago) for ago in reversed(WEEKS)),
        usual_guests=row.usual_guests,
        expected=row.expected,
        spoke_by=(None if row.spoke_after is None else begins + timedelta(seconds=row.spoke_after)),
    )


#: By now everybody whose silence is unlike them is called, whatever their habit.
LATE_EVENING: Final = time(22, 30)


def is_late_evening(now: datetime, night: date) -> bool:
    """Whether the night's last hour of the law is near, or past."""
    return now >= datetime.combine(night, LATE_EVENING, VIETNAM)
