"""Names in which a Vietnamese input method left the keys of Telex, or kept and converted them.

It is doubted, never mended: which key was pressed is not known. A person who holds the paper may
say that the name is right.
"""

import itertools
import re
import unicodedata
from typing import Final

from asm.identity.names import folded_key
from asm.identity.syllables import telex_of, without_tone

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# Cơ Ho, Mạ, Ba Na, Xơ Đăng, Ê Đê and Gia Rai say by a word of its own whether a name is a man's
# or a woman's, and write a consonant w before a, e and i (Twi, Hwar), as Telex writes ư.
_HIGHLAND: Final = re.compile(r"(?<!\S)(?:a|y|k|h|ka|ya)\b")
_CONSONANT_W: Final = re.compile(r"[^aeiouyw]*w[aei][^w]*")
#: Keys that stand in no Vietnamese spelling, so that one word with them is enough.
_SURE_KEYS: Final = re.compile(r"w|dd")
#: The same for keys of tones, in a name without any mark.
_SURE_TONES: Final = re.compile(r"(?<=[aeiouymngpct])[fj](?![aeiouy])")
#: A Cơ Tu name that happens to be the keys of cổ.
_NO_KEYS: Final = frozenset({"coor"})
_ENOUGH: Final = 2
#: Vowels of one kind side by side, and đ beside d: nearly no name has any, and one look tells.
_TWICE: Final = re.compile(
    "[aáàảãạăắằẳẵặâấầẩẫậ]{2}|[eéèẻẽẹêếềểễệ]{2}|[oóòỏõọôốồổỗộơớờởỡợ]{2}|[uúùủũụưứừửữự]{2}|[dđ]{2}"
)
_LONG_O: Final = re.compile("ng|[cktpr]")


def name_keeps_keys(name: str) -> bool:
    """Whether Telex left keys in a name (`Nguyeexn Vawn An`), or converted and kept them (`Vaăn`).

    In a name without any mark one word with a shape or a key that no Vietnamese word has is enough,
    or two words, a third of all, with a tone alone; beside words that have their marks, more.
    """
    folded = name.casefold()
    if not folded.isascii():
        return keys_beside_marks(folded)
    runs = runs_of_name(folded) - _NO_KEYS
    if has_shaped_keys(runs) or any(_SURE_TONES.search(run) and telex_of(run) for run in runs):
        return True
    return are_mostly_keys(runs)


def keys_beside_marks(name: str) -> bool:
    """The same for a name in small letters beside which marks stand, if only in its address."""
    return _kept_and_converted(name) or sum(map(_weight, runs_of_name(name))) >= _ENOUGH


def runs_of_name(name: str) -> set[str]:
    """The words of a name in small letters that Telex may have touched."""
    runs = ascii_runs(name)
    return {r for r in runs if not _CONSONANT_W.fullmatch(r)} if _HIGHLAND.search(name) else runs


def ascii_runs(text: str) -> set[str]:
    """The words of a text in small letters that have no mark."""
    return {word for word in _WORD.findall(text) if word.isascii()}


def has_shaped_keys(runs: set[str]) -> bool:
    """Whether one of these words is the keys of a letter with a shape (`vawn`, `leef`)."""
    return any(map(_is_shaped, filter(None, map(telex_of, runs))))


def are_mostly_keys(runs: set[str]) -> bool:
    """Whether two of these words, and a third of all, are keys that nobody converted."""
    unconverted = sum(telex_of(word) is not None for word in runs)
    return unconverted >= _ENOUGH and unconverted * 3 >= len(runs)


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
    if not _TWICE.search(letters):
        return False
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
