"""Numbers of days, each from a date on: `2026-01-01:30 2027-07-01:90`."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

#: More than ten years would be another word for never.
MOST_DAYS: Final = 3660
_ITEM: Final = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d{1,4})")


@dataclass(frozen=True, slots=True)
class DatedDays:
    """From `since` on (a day of Vietnam) it is so many days."""

    since: date
    days: int


def read_dated_days(text: str) -> tuple[DatedDays, ...]:
    """The list that `text` holds, by date. Raises ValueError for what is none."""
    read = []
    for item in text.split():
        match = _ITEM.fullmatch(item)
        if match is None or int(match[2]) > MOST_DAYS:
            raise ValueError(item)
        read.append(DatedDays(since=date.fromisoformat(match[1]), days=int(match[2])))
    return tuple(sorted(read, key=lambda each: each.since))
