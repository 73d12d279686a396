"""The personal number (số định danh cá nhân): `PPP C YY NNNNNN`, twelve digits, no check digit.

Digits say where the birth was registered, the century and sex, and the year of birth. What
contradicts them is a reason to look again, never to refuse: only the length is certain.
"""

import re
from datetime import date
from typing import Final, Literal

import msgspec

from asm.identity.birth_places import BIRTH_PLACES

NumberProblem = Literal["birth_place", "sex", "birth_year"]

_TWELVE_DIGITS: Final = re.compile(r"[0-9]{12}")


class NotAPersonalNumber(ValueError):  # noqa: N818 -- reads as what it says, like a refusal
    """The text is not exactly twelve ASCII digits. The text itself is never in the message."""


class PersonalNumber(msgspec.Struct, frozen=True, kw_only=True):
    """`birth_place` is the province at registration, None for a prefix that is not public."""

    digits: str
    prefix: str
    birth_place: str | None
    sex: Literal["male", "female"]
    birth_year: int


def parse_personal_number(text: str) -> PersonalNumber:
    """Read the twelve digits. Raises NotAPersonalNumber for anything else, spaces included."""
    if not _TWELVE_DIGITS.fullmatch(text):
        raise NotAPersonalNumber("a personal number has exactly twelve digits")
    century_and_sex = int(text[3])
    birth_place = BIRTH_PLACES.get(text[:3])
    return PersonalNumber(
        digits=text,
        prefix=text[:3],
        birth_place=birth_place.name if birth_place else None,
        # 1900s are 0 male and 1 female, 2000s 2 and 3, and so on by pairs.
        sex="female" if century_and_sex % 2 else "male",
        birth_year=1900 + 100 * (century_and_sex // 2) + int(text[4:6]),
    )


def find_contradictions(
    number: PersonalNumber, *, birth_date: date | None, sex: str | None
) -> tuple[NumberProblem, ...]:
    """What the digits contradict, in a fixed order. A detail that was not declared contradicts
    nothing, and neither does a declared sex other than male or female.
    """
    contradictions: list[NumberProblem] = []
    if number.birth_place is None:
        contradictions.append("birth_place")
    if sex in {"male", "female"} and sex != number.sex:
        contradictions.append("sex")
    if birth_date is not None and birth_date.year != number.birth_year:
        contradictions.append("birth_year")
    return tuple(contradictions)
