"""How Vietnamese syllables are spelt, and what Telex makes of their keys.

An onset, a rhyme, a tone; after c, ch, p and t only sắc and nặng. Where both are known, keys that
nobody converted (`vawn`) can be told from names that merely look like them (`ksor`, `voong`).
"""

import itertools
import re
import unicodedata
from functools import lru_cache
from typing import Final

_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
_STOPPED: Final = frozenset("\u0301\u0323")
_SPELT_ONSETS: Final = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_SPELT_RHYMES: Final = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu "
    "im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng "
    "oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp "
    "ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uy "
    "uya uych uyên uyêt uynh uyt uyu uơ ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu "
    "ưt ưu y yêm yên yêng yêt yêu"
)
_ONSETS: Final = tuple(_SPELT_ONSETS.split())
_RHYMES: Final = frozenset(_SPELT_RHYMES.split())
_VOWEL: Final = re.compile("[aeiouyw]")
_STOP: Final = re.compile(r"(?:c|ch|p|t)$")
_TELEX_TONES: Final = {
    "s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323",
}  # fmt: skip
_TELEX_SHAPES: Final = (
    ("uow", "ươ"), ("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"),
    ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"), ("w", "ư"),
)  # fmt: skip


def without_tone(text: str) -> tuple[str, str]:
    """The letters without their tones, and the tones, in their order."""
    marks = unicodedata.normalize("NFD", text)
    plain = "".join(mark for mark in marks if mark not in _TONES)
    tones = "".join(mark for mark in marks if mark in _TONES)
    return unicodedata.normalize("NFC", plain), tones


@lru_cache(maxsize=4096)
def is_syllable(text: str) -> bool:
    """Whether this lower-case word is spelt as a Vietnamese syllable, tone included."""
    plain, tone = without_tone(text)
    # ñ falls apart like a letter with a tone.
    if "ñ" in text or len(tone) > 1 or (_STOP.search(plain) and tone not in _STOPPED):
        return False
    return _splits(plain, _RHYMES)


def is_toneless_syllable(text: str) -> bool:
    """Whether this is a Vietnamese syllable that has lost all its marks."""
    return _splits(text, _BARE_RHYMES)


def _splits(plain: str, rhymes: frozenset[str]) -> bool:
    if plain in rhymes:
        return True
    return any(
        plain.startswith(onset) and _fits(onset, plain.removeprefix(onset), rhymes)
        for onset in _ONSETS
    )


def _fits(onset: str, rhyme: str, rhymes: frozenset[str]) -> bool:
    front = rhyme[:1] in {"e", "ê", "i", "y"}
    if onset in {"k", "gh", "ngh"} and not front:
        return False
    if onset in {"c", "g", "ng"} and front:
        return False
    if onset == "qu":
        return rhyme in rhymes or "u" + rhyme in rhymes
    if onset == "gi":
        return rhyme in rhymes or "i" + rhyme in rhymes
    return rhyme in rhymes


def _bare(rhyme: str) -> str:
    marks = unicodedata.normalize("NFD", rhyme)
    return "".join(mark for mark in marks if not unicodedata.combining(mark))


_BARE_RHYMES: Final = frozenset(map(_bare, _RHYMES))


@lru_cache(maxsize=4096)
def telex_of(keys: str) -> str | None:
    """The syllable that these keys are for Telex, when they are that and nothing else: neither a
    syllable as they stand, nor one that lost its marks. `keys` is a word of lower-case ASCII.
    """
    if is_toneless_syllable(keys):
        return None
    for shaped, tone in _readings(keys):
        syllable = _with_tone(shaped, tone)
        if syllable is not None:
            return syllable
    return None


def _readings(keys: str) -> itertools.chain[tuple[str, str]]:
    """The keys with and without one of them taken for a tone, shapes made of the rest."""
    toneless = [(_shaped(keys), "")]
    with_tone = [
        (_shaped(keys[:at] + keys[at + 1 :]), _TELEX_TONES[key])
        for at, key in enumerate(keys)
        if key in _TELEX_TONES and _VOWEL.search(keys[:at])
    ]
    return itertools.chain(toneless, reversed(with_tone))


def _shaped(keys: str) -> str:
    for typed, letters in _TELEX_SHAPES:
        keys = keys.replace(typed, letters)
    return keys


def _with_tone(shaped: str, tone: str) -> str | None:
    """The syllable, when both fit. Which vowel bears the tone tells nothing here."""
    stop = _STOP.search(shaped) is not None
    if not _splits(shaped, _RHYMES) or (stop and tone not in _STOPPED):
        return None
    return shaped + tone
