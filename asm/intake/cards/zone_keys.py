"""A zone that a Vietnamese input method has read along: `WOOD` becomes `WÔD`, `USA` becomes `ÚA`.

The letters say which keys they were made of; where these may have stood is tried, and check digits,
lengths and the codes of countries decide. Only what is left alone is taken.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

_RUN: Final = re.compile(r"[^\W\d_]+")
_TONES: Final = {
    "\u0301": ("S", "1"), "\u0300": ("F", "2"), "\u0309": ("R", "3"), "\u0303": ("X", "4"),
    "\u0323": ("J", "5"),
}  # fmt: skip
#: Of each letter, the keys of Telex and the digit of VNI.
_SHAPES: Final = {
    "Â": ("A", "A", "6"), "Ê": ("E", "E", "6"), "Ô": ("O", "O", "6"), "Ă": ("A", "W", "8"),
    "Ơ": ("O", "W", "7"), "Ư": ("U", "W", "7"), "Đ": ("D", "D", "9"),
}  # fmt: skip
#: A zone's longest line; nobody's name has more such letters in one word.
_LONGEST_RUN: Final = 44
_MOST_MARKED: Final = 6
_MOST_DIGITS: Final = 4
# More would be no zone that somebody's keyboard garbled, but a text made to keep us busy.
_MOST: Final = 2_000


def is_garbled(zone: str) -> bool:
    """Whether Vietnamese letters stand in a zone, which has none."""
    return any(char.isalpha() and not char.isascii() for char in zone)


def keys_before(zone: str, fits: Callable[[str], bool]) -> str | None:
    """The one text that an input method makes `zone` of and that `fits`, or None."""
    composed = unicodedata.normalize("NFC", zone)
    for method in (_telex, _vni):
        fitting = {text for text in _candidates(composed, method) if fits(text)}
        if len(fitting) == 1:
            return fitting.pop()
        if fitting:
            return None
    return None


def _candidates(zone: str, method: Callable[[str], list[str]]) -> Iterator[str]:
    pieces: list[list[str]] = []
    count, end = 1, 0
    for run in _RUN.finditer(zone):
        choices = [run.group()] if run.group().isascii() else _choices(run.group(), method)
        pieces += [[zone[end : run.start()]], choices]
        count, end = count * len(choices), run.end()
        if not 0 < count <= _MOST:
            return
    pieces.append([zone[end:]])
    yield from map("".join, itertools.product(*pieces))


def _choices(run: str, method: Callable[[str], list[str]]) -> list[str]:
    marked = sum(not letter.isascii() for letter in run)
    return method(run) if len(run) <= _LONGEST_RUN and marked <= _MOST_MARKED else []


def _telex(run: str) -> list[str]:
    """The keys of a run of letters: a shape's key right after its letter, as hands type it; a
    tone's key at its vowel or anywhere after it.
    """
    texts = {""}
    for letter in run:
        plain, tones = _without_tone(letter)
        texts = {text + keys for text in texts for keys in _telex_keys(plain)}
        texts = {text + "".join(f"({tone})" for tone in tones) for text in texts}
    return sorted(set().union(*map(_with_tones_placed, texts)))


def _telex_keys(letter: str) -> tuple[str, ...]:
    if letter not in _SHAPES:
        return (letter,)
    base, key, _ = _SHAPES[letter]
    # A lone W is Ư too.
    return (base + key, "W") if letter == "Ư" else (base + key,)


def _with_tones_placed(text: str) -> set[str]:
    at = text.find("(")
    if at < 0:
        return {text}
    key, rest = _TONES[text[at + 1]][0], text[at + 3 :]
    if "(" in rest:  # one tone a syllable; several syllables in a run are not ours to part
        return set()
    return {text[:at] + rest[:cut] + key + rest[cut:] for cut in range(len(rest) + 1)}


def _vni(run: str) -> list[str]:
    """The same for VNI, whose keys are digits: they come after the letters."""
    letters, digits = "", ""
    for letter in run:
        plain, tones = _without_tone(letter)
        base, _, digit = _SHAPES.get(plain, (plain, "", ""))
        letters, digits = letters + base, digits + digit + "".join(_TONES[t][1] for t in tones)
    orders = itertools.permutations(digits) if len(digits) <= _MOST_DIGITS else ()
    return sorted({letters + "".join(order) for order in orders})


def _without_tone(letter: str) -> tuple[str, str]:
    marks = unicodedata.normalize("NFD", letter)
    plain = "".join(mark for mark in marks if mark not in _TONES)
    tones = "".join(mark for mark in marks if mark in _TONES)
    return unicodedata.normalize("NFC", plain), tones
