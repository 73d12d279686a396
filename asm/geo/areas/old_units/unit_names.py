"""The keys that names of units are compared by, whoever wrote them. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

from asm.geo.folding import fold

_KINDS: Final = "phuong|thi tran|xa|quan|huyen|thi xa|thanh pho|tinh"
#: What people write for the kind of a unit, once per level because T is Thành, Thị and Tỉnh.
_SHORT: Final = {
    "ward": {"p": "phuong", "x": "xa", "tt": "thi tran"},
    "district": {"q": "quan", "h": "huyen", "tx": "thi xa", "tp": "thanh pho"},
    "province": {
        "tp": "thanh pho",
        "t": "tinh",
        "hcm": "ho chi minh",
        "tphcm": "thanh pho ho chi minh",
        "hn": "ha noi",
    },
}
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
Level = Literal["ward", "district", "province"]


@lru_cache(maxsize=50_000)
def unit_key(level: Level, name: str) -> str:
    """The folded name with its kind written out and numbers without leading zeros."""
    parts = re.sub(r"^([a-z]{1,2})\.?\s*(?=\d+$)", r"\1 ", fold(name)).split()
    parts = [str(int(word)) if word.isascii() and word.isdigit() else word for word in parts]
    parts = " ".join(_SHORT[level].get(word, word) for word in parts[:1]).split() + parts[1:]
    if level == "province":
        parts = " ".join(_SHORT[level].get(word, word) for word in parts).split()
    return " ".join(parts)


def bare_key(level: Level, name: str) -> str:
    """`unit_key` without its kind, unless that is all there is."""
    return re.sub(rf"^({_KINDS}) (?=.)", "", unit_key(level, name))


def tone_key(name: str) -> str:
    """Letters with their marks, and each syllable's tone behind it: Hoà and Hòa are the same."""
    syllables = []
    for syllable in unicodedata.normalize("NFD", name.casefold()).split():
        letters = "".join(char for char in syllable if char not in _TONES)
        syllables.append(letters + "".join(char for char in syllable if char in _TONES))
    return " ".join(syllables)
