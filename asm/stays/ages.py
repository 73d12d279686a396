"""How old guests are, and what the law makes of it."""

from datetime import date
from typing import Final

# The age of the first mandatory identity card (Law 26/2023 Art. 19): younger guests may have no
# number yet, and do not travel alone.
CHILD_BELOW: Final = 14
# Full age (Civil Code 91/2015 Art. 20).
ADULT_FROM: Final = 18


def age_on(day: date, born: date) -> int:
    """Completed years on `day`; negative before birth. Born on 29 February: older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
