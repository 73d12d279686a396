"""Vietnamese names in the tables of letters of before Unicode, as old programs still write them.

VNI writes a vowel and then a letter that stands for its marks (`Nguyeãn Vaên An`), TCVN3 (ABC) puts
Vietnamese letters in the places of Latin ones (`NguyÔn V¨n An`), VIQR writes marks as signs
(`Nguye^~n Va(n An`). Most of what they show are letters that Vietnamese has too. A word counts as
theirs where it is spelt as no Vietnamese syllable and the table makes one of it, or where VNI's
pairs stand that no language of Vietnam spells.

Sources: TCVN 5712:1993 (VN3); RFC 1456 (VIQR); VNI-Windows, as Unikey and the fonts of that name
have it.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import product
from typing import Final

from asm.identity.syllables import is_syllable

_SHAPED: Final = {"a^": "â", "e^": "ê", "o^": "ô", "a(": "ă", "o+": "ơ", "u+": "ư"}
_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"


def _composed(letter: str, tone: str) -> str:
    return unicodedata.normalize("NFC", letter + tone)


def _vni_pairs() -> Iterator[tuple[str, str]]:
    tones = dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
    # VNI's own ơ and ư are the letters ô and ö.
    for (shown, letter), mark in product((*zip("aeouyôö", "aeouyơư", strict=True),), tones):
        yield shown + mark, _composed(letter, tones[mark])
    for shown, letter in zip("aeo", "âêô", strict=True):
        yield shown + "â", letter
        for mark, tone in zip("áàåãä", tones.values(), strict=True):
            yield shown + mark, _composed(letter, tone)
    yield "aê", "ă"
    for mark, tone in zip("éèúüë", tones.values(), strict=True):
        yield "a" + mark, _composed("ă", tone)


_VNI_PAIRS: Final = dict(_vni_pairs())
_VNI_LETTERS: Final = _VNI_PAIRS | dict(zip("íìæóòôöîñ", "íìỉĩịơưỵđ", strict=True))
_VNI: Final = re.compile("|".join(sorted(_VNI_LETTERS, key=len, reverse=True)))
# Vietnamese spells Hoà, Hoá, Hoã, Khmer names Neáng; nobody in Vietnam spells the other pairs.
_SPELT_PAIRS: Final = frozenset({"oà", "oá", "oã", "eá"})
_FOREIGN_PAIR: Final = re.compile("|".join(sorted(_VNI_PAIRS.keys() - _SPELT_PAIRS)))
_TCVN3_LETTERS: Final = dict(
    zip(
        "¸µ¶·¹¨¾»¼½Æ©ÊÇÈÉËÐÌÎÏÑªÕÒÓÔÖÝ×ØÜÞãßáâä«èåæçé¬íêëìîóïñòô\u00adøõö÷ùýúûüþ®¡¢£¤¥¦§",
        "áàảãạăắằẳẵặâấầẩẫậéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵđĂÂÊÔƠƯĐ",
        strict=True,
    )
)
# A large letter with marks where small ones stand: `TuÊn`, `TÊm`.
_CAPITAL_INSIDE: Final = re.compile(r"(?=.*[a-z])[A-Za-z]+[À-Þ]")
_TCVN3: Final = str.maketrans(_TCVN3_LETTERS)
_VIQR_TONES: Final = {"'": _ACUTE, "`": _GRAVE, "?": _HOOK, "~": _TILDE, ".": _DOT}
_VIQR: Final = re.compile(r"(?P<letter>[aeiouyâăêôơư])(?P<shape>[\^(+]?)(?P<tone>['`?~.]?)")
_VIQR_SIGNS: Final = re.compile(
    r"(?<=[aeiouyâăêôơư])(?:[\^(+'`?~]|\.(?=[a-z]))|\bd-(?=[a-zâăêôơư])"
)
#: An initial with its dot (`A.`) is no word of VIQR.
_SHORTEST_VIQR: Final = 3
#: TCVN3 in capitals shows letters that other peoples' short words have in capitals as well.
_SHORTEST_CAPITALS: Final = 6
#: Thị, the commonest middle name, in VNI (where it is a word as well) and in VIQR.
THI_IN_VNI, _THI_IN_VIQR = "thò", "thi."


def is_of_old_table(name: str) -> bool:
    """Whether a word of this name in NFC was written in VNI, TCVN3 or VIQR."""
    parts = name.split()
    if any(map(_is_old_word, parts)):
        return True
    middle = [part.casefold() for part in parts[1:-1]]
    if THI_IN_VNI in middle:
        return None not in [_from_vni(part.casefold()) for part in parts]
    return _THI_IN_VIQR in middle


def restored_name(name: str) -> str | None:
    """The name as Unicode writes it, where one table makes Vietnamese syllables of all its words;
    None for a name that is of no old table, or in part alone.

    >>> restored_name("NGUYEÃN VAÊN AN"), restored_name("NguyÔn V¨n An"), restored_name("Lê Vaên")
    ('NGUYỄN VĂN AN', 'Nguyễn Văn An', None)
    """
    if not is_of_old_table(name):
        return None
    shown = name.split()
    for table in (_from_vni, _from_tcvn3, _from_viqr):
        read = [part if _is_plain(part) else table(part) or "" for part in shown]
        if all(is_syllable(part.casefold()) for part in read):
            return " ".join(map(_in_case_of, shown, read))
    return None


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _is_old_word(word: str) -> bool:
    if _is_plain(word):
        return False
    if _FOREIGN_PAIR.search(word.casefold()):
        return _from_vni(word) is not None
    if _CAPITAL_INSIDE.search(word) and _is_syllable_of(_from_tcvn3(word)):
        return True
    if is_syllable(word.casefold()):
        return False
    capitals = word.isupper() and len(word) < _SHORTEST_CAPITALS
    readings = (_from_vni(word), None if capitals else _from_tcvn3(word), _from_viqr(word))
    return any(text != word.casefold() and _is_syllable_of(text) for text in readings)


def _is_syllable_of(text: str | None) -> bool:
    return text is not None and is_syllable(text)


def _from_vni(word: str) -> str | None:
    """In small letters; None where letters stand that VNI does not show."""
    folded = word.casefold()
    if not _VNI.sub("", folded).isascii():
        return None
    return _VNI.sub(lambda shown: _VNI_LETTERS[shown[0]], folded)


def _from_tcvn3(word: str) -> str | None:
    """In small letters; None where letters stand that TCVN3 does not show. Large and small letters
    are places of their own here.
    """
    if any(not char.isascii() and char not in _TCVN3_LETTERS for char in word):
        return None
    return word.translate(_TCVN3).casefold()


def _from_viqr(word: str) -> str | None:
    """In small letters; None where no sign stands behind a vowel, and for what may be an initial
    or the end of a name.
    """
    folded = word.casefold()
    if len(folded) < _SHORTEST_VIQR or not _VIQR_SIGNS.search(folded):
        return None
    return _VIQR.sub(_viqr_letter, re.sub(r"\bd[-d]", "đ", folded))


def _viqr_letter(shown: re.Match[str]) -> str:
    letter = shown["letter"] + shown["shape"]
    return _composed(_SHAPED.get(letter, letter), _VIQR_TONES.get(shown["tone"], ""))


def _in_case_of(shown: str, word: str) -> str:
    """All capitals or small letters where the word shown is, else a capital in front."""
    if shown.isupper() and (len(shown) > 1 or len(word) == 1):
        return word.upper()
    return word if shown.islower() else word[:1].upper() + word[1:].lower()
