"""What a Vietnamese input method makes of a scanner's typing. It is doubted, never mended: which
key was pressed is not known. A person who holds the card may say that the name is right.
"""

import itertools
import re
import unicodedata
from typing import Final

from asm.identity.names import folded_key
from asm.intake.cards.syllables import telex_of, without_tone

_VNI: Final = re.compile(r"[^\W\d_]+[1-9][a-z]*[1-9]?\b")
# Windows' own Vietnamese keyboard turns the digits 1 to 0 into these, the French one into those.
_DIGIT_KEYS: Final = re.compile(
    "[aeođ\u0302\u0306\u0300\u0309\u0303\u0301\u0323]{8,}"
    "|(?:[&\"'(_-]|e\u0301|e\u0300|c\u0327|a\u0300){12}"
)
_UNCONVERTED_SEX: Final = {"nuwx", "nuwax", "nux", "nwx", "nu74", "nu47", "nu7", "nu4"}
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# Cơ Ho, Mạ, Ba Na, Xơ Đăng, Ê Đê and Gia Rai say by a word of its own whether a name is a man's
# or a woman's, and write a consonant w before a, e and i (Twi, Hwar), as Telex writes ư.
_HIGHLAND: Final = re.compile(r"(?<!\S)(?:a|y|k|h|ka|ya)\b")
_CONSONANT_W: Final = re.compile(r"[^aeiouyw]*w[aei][^w]*")
#: Keys that stand in no Vietnamese spelling, so that one word with them is enough.
_SURE_KEYS: Final = re.compile(r"w|dd")
_ENOUGH: Final = 2
_LONG_O: Final = re.compile("ng|[cktpr]")


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
        return _kept_and_converted(name) or sum(map(_weight, _runs_of_name(name))) >= _ENOUGH
    if any(map(_is_shaped, filter(None, map(telex_of, _runs_of_name(name))))):
        return True
    runs = _runs_of_name(name) | _ascii_runs(address)
    unconverted = sum(telex_of(word) is not None for word in runs)
    return unconverted >= _ENOUGH and unconverted * 3 >= len(runs)


def _ascii_runs(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if word.isascii()}


def _runs_of_name(name: str) -> set[str]:
    """The words of a name that Telex may have touched."""
    runs = _ascii_runs(name)
    return {r for r in runs if not _CONSONANT_W.fullmatch(r)} if _HIGHLAND.search(name) else runs


def _is_shaped(syllable: str) -> bool:
    return not without_tone(syllable)[0].isascii()


def _weight(word: str) -> int:
    """How surely a word among others with marks is Telex: a tone's key alone says nothing."""
    syllable = telex_of(word)
    if syllable is None or not _is_shaped(syllable):
        return 0
    return _ENOUGH if _SURE_KEYS.search(word) else 1


def _kept_and_converted(name: str) -> bool:
    """Whether a plain letter stands beside itself with a mark (`Vaăn`, `dđ`): a key press that the
    input method kept and converted as well.

    Vietnamese spells `ưu` (Hữu, Lưu), and `oong`, `ooc` with a tone (Voòng, Moóc), Cơ Tu a long o
    before other ends too (Oót); the u of `qu` is no vowel.
    """
    letters = unicodedata.normalize("NFC", name)
    for at, (left, right) in enumerate(itertools.pairwise(letters)):
        key = folded_key(left)
        same = key == folded_key(right) and key in {"a", "e", "o", "u", "d"}
        after_q = letters[at - 1 : at] == "q"
        if same and not after_q and (left.isascii() != right.isascii() or left == right == "đ"):
            spelt = without_tone(left)[0] + without_tone(right)[0]
            after = letters[at + 2 : at + 4]
            if spelt != "ưu" and not (spelt == "oo" and _LONG_O.match(after)):
                return True
    return False
