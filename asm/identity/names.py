"""Names of people and places: one spelling for storing, one folded key for comparing."""

import re
import unicodedata
from typing import Final

from asm.identity.pasted_text import UNSEEN, clean_person_name

MAX_NAME_CHARS: Final = 150

_APOSTROPHES: Final = "'’‘ʼʻ`´′＇"
# Letters are compared without the joiners of other scripts, too.
_INVISIBLE: Final = [
    chr(code)
    for first, last in re.findall(r"(.)(?:-(.))?", UNSEEN + "\u200c\u200d")
    for code in range(ord(first), ord(last or first) + 1)
]
# Letters that canonical decomposition leaves whole.
_WHOLE_LETTERS: Final = {
    "đ": "d", "ð": "d", "ɖ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i",
}  # fmt: skip
#: All combining marks of Unicode lie in this range.
_MARKS: Final = [chr(c) for c in range(0x300, 0x1E94B) if unicodedata.combining(chr(c))]
_FOLD: Final = str.maketrans(
    _WHOLE_LETTERS | dict.fromkeys([*_APOSTROPHES, *_INVISIBLE, *_MARKS], "")
)
#: The five tone marks of Vietnamese; the other marks (â, ă, ơ, ư) make letters of their own.
_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Đ is mistyped as two letters that look like it.
_SAME_PERSON: Final = str.maketrans(
    {"ð": "đ", "ɖ": "đ"} | dict.fromkeys([*_APOSTROPHES, *_INVISIBLE], "")
)
_SEPARATORS: Final = re.compile(r"[\s\-‐-―_.,]+")


def clean_name(text: str) -> str:
    """`text` in NFC, with single spaces and without invisible characters. Letters are kept."""
    return clean_person_name(text)


def folded_key(text: str) -> str:
    """A key for comparing: no case, no diacritics (so Hoà and Hòa agree), no apostrophes.

    Hyphens, dots and commas count as spaces. Two different names may share a key: use it to find
    candidates or to compare with a text that has lost its diacritics, never as an identity.
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _SEPARATORS.sub(" ", letters.translate(_FOLD)).strip()


def person_key(text: str) -> str:
    """A key for telling people apart by their names: no case, no apostrophes, single spaces, and
    the tone at the end of its syllable, so that Hoà and Hòa agree and An, Ân, Hà and Hạ do not.
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_SAME_PERSON))
    parts = _SEPARATORS.sub(" ", letters).split()
    return " ".join("".join(sorted(word, key=lambda letter: letter in _TONES)) for word in parts)


def may_be_one_name(name: str, other: str) -> bool:
    """Whether both may be written for one person whose number is known: the same letters, or one
    of the two without any marks, as machines print it, in any order of the words.
    """
    if person_key(name) == person_key(other):
        return True
    folded = [sorted(folded_key(text).split()) for text in (name, other)]
    bare = [sorted(person_key(text).split()) for text in (name, other)]
    return folded[0] == folded[1] and (folded[0] == bare[0] or folded[1] == bare[1])


def has_lost_letters(name: str) -> bool:
    """Whether a machine has already replaced letters it could not show (`?` or U+FFFD)."""
    return "?" in name or "\ufffd" in name
