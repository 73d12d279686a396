"""Which letters stand in names: those that Vietnamese papers print, other scripts', and no name's.

A name is checked at every door, so that what a scanner, a file in another table of letters or a
telephone's keyboard made of it is stored nowhere in silence (decision 34).
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

from asm.identity.kept_keys import name_keeps_keys
from asm.identity.old_tables import THI_IN_VNI, is_of_old_table
from asm.identity.several_people import may_be_several, names_several
from asm.identity.syllables import telex_of

_VIETNAMESE: Final = frozenset(
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
)
# Rhade, Jarai, Bahnar and their neighbours; typography; what a scanner puts in front.
_EXTRA_LETTERS: Final = frozenset("čňñŏĕĭŭƀ\u0306ʼ’‘–ðɖ\ufeff\u00a0")
_PRINTED: Final = _VIETNAMESE | _EXTRA_LETTERS
# Nearly all names are these letters and nothing else: one look tells.
_PLAIN: Final = re.compile(
    "[A-Za-z '.’ʼ" + "".join(sorted(_VIETNAMESE | {c.upper() for c in _VIETNAMESE})) + "-]*"
)
# What stands in names of others, never on a Vietnamese paper: `A/B`, `An (VIP)`; `A/L` is a name.
_ASIDE: Final = re.compile(r"[:()]|/(?![LPOlpo]\b)")
#: Words of consonants alone, where letters with marks were left out on the way (`Nguyn`).
_VOWELLESS: Final = re.compile(r"(?<!\S)[b-df-hj-np-tvxz]{2,}(?!\S)", re.IGNORECASE)
# Punctuation of names: Malaysian A/L, Spanish y/o, Catalan and Uighur dots, brackets of aliases.
_PUNCTUATION: Final = frozenset(" '’‘`´-‐‑‒–—.,/@&()·・:")
# Letters that are another letter in another dress: mathematical, circled, raised (UAX 44).
_DRESSED: Final = ("<font>", "<circle>", "<super>", "<sub>", "<square>")
# What East Asian names write side by side (UTS 39, "highly restrictive").
_TOGETHER: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "BOPOMOFO": "CJK"}
_WIDTHS: Final = frozenset({"HALFWIDTH", "FULLWIDTH", "KATAKANA-HIRAGANA"})
_PIECES: Final = re.compile(r"[^\s\-/().,&]+")

NameFlaw = Literal["several", "no_letters", "not_printed"]


def looks_vietnamese(text: str) -> bool:
    """Whether every letter beyond ASCII is one of Vietnamese or of a minority language."""
    letters = {c for c in unicodedata.normalize("NFC", text.casefold()) if not c.isascii()}
    return letters <= _PRINTED


def name_flaw(name: str, *, citizen: bool) -> NameFlaw | None:
    """What is wrong with the letters of a name in NFC.

    `several`: two people, or one with company. `no_letters`: signs, emoji, letters of two scripts
    in one word, and in a citizen's name any script but Latin: no paper prints them. `not_printed`:
    a citizen's name with Latin letters that Vietnamese and the minorities' languages do not write,
    with remarks or words without a vowel, in a table of letters of before Unicode, or with an input
    method's keys in it; a person who holds the paper may say that it is so. Foreigners have the
    letters of their papers, whatever they look like.
    """
    if all(map(_is_harmless, name.split(" "))):
        return None
    return _flaw(name, citizen=citizen)


@lru_cache(maxsize=20_000)
def _is_harmless(word: str) -> bool:
    """Whether no name is doubted for this word, whatever stands beside it. Nearly all names are
    made of a few thousand such words: looked at once, each costs next to nothing after.
    """
    folded = word.casefold()
    alone = word.isalpha() and not may_be_several(word) and folded != THI_IN_VNI
    keys = folded.isascii() and telex_of(folded) is not None
    return alone and not keys and _flaw(word, citizen=True) is None


def _flaw(name: str, *, citizen: bool) -> NameFlaw | None:
    if names_several(name, citizen=citizen):
        return "several"
    if name.isascii() or _PLAIN.fullmatch(name):
        return "not_printed" if citizen and _is_garbled(name) else None
    scripts = [_scripts(word) for word in _PIECES.findall(name)]
    if not all(map(_is_of_names, name)) or any(len(mixed) > 1 for mixed in scripts):
        return "no_letters"
    if citizen and not frozenset().union(*scripts) <= {"LATIN"}:
        return "no_letters"
    doubted = citizen and (not looks_vietnamese(name) or _is_garbled(name))
    return "not_printed" if doubted else None


def _is_garbled(name: str) -> bool:
    garbled = _VOWELLESS.search(name) or _ASIDE.search(name)
    return garbled is not None or is_of_old_table(name) or name_keeps_keys(name)


def _is_of_names(char: str) -> bool:
    """Digits, ASCII signs and control characters have rules of their own."""
    if char.isascii() or char in _PUNCTUATION:
        return True
    kind = unicodedata.category(char)
    if kind[0] not in "LMNC" or kind in {"No", "Co", "Cn"}:
        return False
    return not unicodedata.decomposition(char).startswith(_DRESSED)


def _scripts(word: str) -> frozenset[str]:
    """The scripts of a word's letters, by the first word of their names in Unicode."""
    return frozenset(_script(char) for char in word if unicodedata.category(char)[0] == "L") - {
        "MODIFIER"
    }


def _script(letter: str) -> str:
    first, _, rest = unicodedata.name(letter, "NONE").partition(" ")
    if first in _WIDTHS:
        first = rest.partition(" ")[0] if first != "KATAKANA-HIRAGANA" else "KATAKANA"
    return _TOGETHER.get(first, first)
