"""Letters that Caps Lock turned round, or a setting made small: as cards print them again."""

import re
from collections.abc import Callable
from typing import Final

from asm.intake.cards.card_rules import CARD_RULES
from asm.stays.entry import Problem

_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
# Cards print Nam and Nữ; nothing else but Caps Lock writes them so.
_TURNED_SEX: Final = frozenset({"nAM", "nỮ", "nU"})
_NAME: Final = 2
_SEX: Final = 4


def recased(parts: list[str], repairs: list[str], problems: list[Problem]) -> list[str]:
    """The parts with their letters as printed. Names all in capitals are left as they are."""
    if len(parts) <= _SEX:
        return parts
    name = parts[_NAME]
    # A name in capitals whose words begin with marked letters (ĐINH ÂN) looks turned, and is not,
    # unless the sex beside it is.
    in_capitals = name.isupper() and parts[_SEX] not in _TURNED_SEX
    if in_capitals or _as_printed(name):
        return parts
    for turned in (str.swapcase, _ascii_swapped):
        if _as_printed(turned(name)):
            return _noted("caps_lock", _each(parts, turned), repairs, problems)
    if parts[_SEX] in _TURNED_SEX and not name.isupper():
        return _noted("caps_lock", _each(parts, str.swapcase), repairs, problems)
    if name.islower():
        return _noted("lower_case", _each(parts, _capitalised), repairs, problems)
    return parts


def _noted(kind: str, parts: list[str], repairs: list[str], problems: list[Problem]) -> list[str]:
    repairs.append(kind)
    problems.append(CARD_RULES[f"card_qr.{kind}"].problem())
    return parts


def _each(parts: list[str], change: Callable[[str], str]) -> list[str]:
    return [*parts[:_NAME], *map(change, parts[_NAME:])]


def _as_printed(name: str) -> bool:
    runs = _WORD.findall(name)
    return bool(runs) and all(
        word[0].isupper() and (len(word) == 1 or word[1:].islower()) for word in runs
    )


def _ascii_swapped(text: str) -> str:
    """As Caps Lock does it where letters with marks arrive as characters, not as keys."""
    return "".join(char.swapcase() if char.isascii() else char for char in text)


def _capitalised(text: str) -> str:
    if not text.islower():
        return text
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:], text)
