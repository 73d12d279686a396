"""Years of two digits, read within what their field can mean: 99 is no year of an arrival."""

from datetime import date, timedelta
from typing import Final, Literal

#: A birth lies behind; an arrival or a departure near today; a permit ends in the coming years.
Expected = Literal["birth", "stay", "permit"]

_YEAR: Final = timedelta(days=366)
_AROUND: Final[dict[Expected, tuple[timedelta, timedelta]]] = {
    "birth": (100 * _YEAR, timedelta(0)),
    "stay": (_YEAR, 2 * _YEAR),
    "permit": (_YEAR, 10 * _YEAR),
}


def full_date(
    two_digits: int, month: int, day: int, *, today: date, expected: Expected
) -> date | None:
    """The latest day with this month, day and last two digits of its year that the field can mean;
    None when there is none, so that a person is asked for all four digits.
    """
    before, after = _AROUND[expected]
    century = today.year - today.year % 100
    for first in (century + 100, century, century - 100):
        try:
            candidate = date(first + two_digits, month, day)
        except ValueError:
            continue
        if -before <= candidate - today <= after:
            return candidate
    return None
