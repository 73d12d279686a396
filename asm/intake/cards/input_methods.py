"""What a Vietnamese input method makes of a scanner's typing. It is doubted, never mended: which
key was pressed is not known. A person who holds the card may say that the name is right.
"""

import re
import unicodedata
from typing import Final

from asm.identity.kept_keys import (
    are_mostly_keys,
    ascii_runs,
    has_shaped_keys,
    keys_beside_marks,
    runs_of_name,
)

_VNI: Final = re.compile(r"[^\W\d_]+[1-9][a-z]*[1-9]?\b")
# Windows' own Vietnamese keyboard turns the digits 1 to 0 into these, the French one into those.
_DIGIT_KEYS: Final = re.compile(
    "[aeođ\u0302\u0306\u0300\u0309\u0303\u0301\u0323]{8,}"
    "|(?:[&\"'(_-]|e\u0301|e\u0300|c\u0327|a\u0300){12}"
)
_UNCONVERTED_SEX: Final = {"nuwx", "nuwax", "nux", "nwx", "nu74", "nu47", "nu7", "nu4"}


def digits_became_letters(part: str) -> bool:
    """Whether the number's keys were read by a keyboard that has letters where digits are."""
    return _DIGIT_KEYS.match(unicodedata.normalize("NFD", part)) is not None


def garbled_by_input_method(parts: list[str]) -> bool:
    """Whether Telex or VNI kept keys that it should have converted, or converted and kept them.

    `parts` are the parts of the text between bars. Keys count as Telex only where they make a
    Vietnamese syllable and could not be anything else; highland names (Ksor, Siu), Voòng and lost
    marks are not that. In a text without any mark one word with a shape in the name is enough, or
    two words, a third of all, with a tone alone; beside words that have their marks, more.
    """
    if len(parts) < 6:
        return False
    name, sex, address = parts[2].casefold(), parts[4].casefold(), "|".join(parts[5:-1]).casefold()
    if sex in _UNCONVERTED_SEX or _VNI.search(name):
        return True
    if not (name + address).isascii():
        return keys_beside_marks(name)
    runs = runs_of_name(name)
    return has_shaped_keys(runs) or are_mostly_keys(runs | ascii_runs(address))
