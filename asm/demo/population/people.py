"""Who exists, by rule: nothing is stored, and nobody real is known.

1. Only a number of twelve digits whose first three are a published birth place belongs to anyone.
2. A number that ends in 9 belongs to nobody: `unknown`.
3. A number that ends in 88 belongs to somebody with another name: `no_match`.
4. Whoever was born in another year than the number says does not match. Day and month are free.
5. A name that contains the word SAI ("wrong"), or no name at all, does not match.
6. Everybody else matches.
"""

from typing import Literal

import msgspec

from asm.identity.names import folded_key
from asm.identity.personal_number import NotAPersonalNumber, PersonalNumber, parse_personal_number

Answer = Literal["match", "no_match", "unknown"]
UNKNOWN_ENDING, OTHER_NAME_ENDING, WRONG = "9", "88", "sai"


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person asked about. `birth_date` is a day or a year; `ref` comes back in the answer."""

    ref: str
    number: str
    name: str
    birth_date: str | None = None


def answer(question: Question) -> Answer:
    """What the rules say of one person."""
    try:
        number = parse_personal_number(question.number)
    except NotAPersonalNumber:
        return "unknown"
    if number.birth_place is None or number.digits.endswith(UNKNOWN_ENDING):
        return "unknown"
    return "match" if _agrees(question, number) else "no_match"


def _agrees(question: Question, number: PersonalNumber) -> bool:
    name_parts = folded_key(question.name).split()
    born = (question.birth_date or "")[:4]
    return (
        bool(name_parts)
        and WRONG not in name_parts
        and born == str(number.birth_year)
        and not number.digits.endswith(OTHER_NAME_ENDING)
    )
