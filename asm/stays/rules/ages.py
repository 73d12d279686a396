"""How old guests are, and what the law makes of it."""

from datetime import date
from typing import Final, Literal

# The age of the first mandatory identity card (Law 26/2023 Art. 19): younger guests may have no
# number yet, and do not travel alone.
CHILD_BELOW: Final = 14
# Full age (Civil Code 91/2015 Art. 20).
ADULT_FROM: Final = 18


def age_on(day: date, born: date) -> int:
    """Completed years on `day`; negative before birth. Born on 29 February: older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_group(born: date | None, day: date) -> Literal["child", "minor", "adult"] | None:
    """What the checks need to know of an age: under 14, from 14, of full age; None: not told."""
    if born is None:
        return None
    age = age_on(day, born)
    if age < CHILD_BELOW:
        return "child"
    return "minor" if age < ADULT_FROM else "adult"
