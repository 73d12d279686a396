"""Numbers of the law that may change, each with the days on which it holds."""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeVar

import msgspec


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """In force from `valid_from` to `valid_to`, Vietnamese dates, both inclusive; None is open."""

    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the row holds for what happened on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


Row = TypeVar("Row", bound=Dated)


def on(day: date, table: Sequence[Row]) -> Row:
    """The row in force on `day`, the newest where two are. Raises LookupError in a gap."""
    for row in reversed(table):
        if row.in_force(day):
            return row
    raise LookupError(f"no row is in force on {day.isoformat()}")


class StayCap(Dated, frozen=True, kw_only=True):
    """From `days` on, a stay is temporary residence (Residence Law 68/2020 Art. 2 and 27)."""

    days: int


# In tables like this one the newest row stands last. A change of the law is a new row and an end
# date on the one before, never an edit: what was so under the old law stays so.
STAY_CAPS: Final[tuple[StayCap, ...]] = (StayCap(days=30),)
