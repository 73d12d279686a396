"""Names of two people, or a person with company, in one field: one of them would be on no list."""

import re
from typing import Final

_KIN: Final = (
    "vợ|chồng|con|các con|cháu|bố|ba mẹ|mẹ|cha|bạn|bạn gái|bạn trai|em bé|bé|gia đình|người nhà|"
    "người thân|đoàn|nhóm"
)
# `Va` and `Và` are Hmong names, so that the word counts in small letters, or before kin alone.
_WITH: Final = re.compile(rf"(?<=\S) (?:và|cùng|với|kèm|đi cùng) (?:{_KIN})\b", re.IGNORECASE)
_AND: Final = re.compile(r"(?<=\S) (?:và|and|cùng|với|kèm) (?=\S)")
_HEADS: Final = re.compile(
    r"\b(?:\d+|hai|ba|bốn|năm|cả|nhiều|two|three|four)\s+(?:người|khách|guests?|persons?|people|pax)\b",
    re.IGNORECASE,
)
_AMPERSAND: Final = "&"
#: Nearly no name has anything of it: one look tells.
_MAY_BE: Final = re.compile(
    r"[&/,;+\-–—]|\b(?:và|and|cùng|với|kèm|người|khách|guests?|persons?|people|pax)\b",
    re.IGNORECASE,
)
# A/L, S/O, D/O, A/P and W/O of Malaysian, Singaporean and Indian papers have a letter on each side,
# c/o as well.
_BETWEEN: Final = re.compile(r"(?<!\b[A-Za-z])/|/(?![A-Za-z]\b)|\s[-–—+]\s|;")
_AROUND_SLASH: Final = re.compile(r"\s*/\s*")
_COMMA: Final = re.compile(r"\s*,\s*")


def may_be_several(word: str) -> bool:
    """Whether more than one person may be told by this word and those beside it."""
    return _MAY_BE.search(word) is not None


def names_several(name: str, *, citizen: bool) -> bool:
    """Whether a name in NFC tells more than one person.

    Two whole names with `/`, ` - ` or, of citizens, a comma between them: two words at least on
    both sides (`Garcia Lopez, Maria Jose` is one foreigner).
    """
    if not may_be_several(name):
        return False
    if _AMPERSAND in name or _WITH.search(name) or _HEADS.search(name):
        return True
    if not name.islower() and _AND.search(name):
        return True
    return _has_two_names(_BETWEEN, _AROUND_SLASH.sub("/", name)) or (
        citizen and _has_two_names(_COMMA, name)
    )


def _has_two_names(between: re.Pattern[str], name: str) -> bool:
    return sum(len(side.split()) > 1 for side in between.split(name)) > 1
