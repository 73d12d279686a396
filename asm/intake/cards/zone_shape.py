"""Which machine-readable zone a text is, by its lines: how many, how long, and how they begin.

ICAO Doc 9303 part 5 (TD1, 3 lines of 30), 6 (TD2, 2 of 36), 4 (TD3, 2 of 44), 7 (visas: MRV-A as
TD3, MRV-B as TD2, first letter V).
"""

import re
from collections import Counter
from typing import Final, NamedTuple

from asm.identity.pasted_text import clean_text

_LINE: Final = re.compile(r"[A-Z0-9<]+")
_WIDTHS: Final = {90: 30, 88: 44, 72: 36}
_VISAS: Final = {44: "MRV-A", 36: "MRV-B"}
_LONGEST: Final = 400
_SHORTEST_LINE: Final = 30
# Around and within what a reader sends: control characters, and its AIM identifier.
_MARKS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2400-\u2421]|^\\s*\\][A-Za-z][0-9A-Za-z]"
)
#: So often at least stands a filler in a whole zone.
_FILLERS: Final = 5
_BARS_OF_A_CARD: Final = 5
_FIRST_LINE: Final = re.compile(r"[A-Z][A-Z<][A-Z<]{3}[A-Z0-9<]+")


class ZoneShape(NamedTuple):
    """`kind` is TD1, TD2, TD3, MRV-A or MRV-B; `lines` have their full width."""

    kind: str
    lines: list[str]


def tidy_zone(text: str) -> str:
    """In capitals, arrows as fillers, without blanks and marks; the ends of lines are kept."""
    shown = _MARKS.sub("", clean_text(text[: _LONGEST + 1]))
    arrows = shown.replace("«", "<<").replace("‹", "<")
    lines = ("".join(line.split()).upper() for line in arrows.splitlines())
    return "\n".join(line for line in lines if line)


def without_doubles(zone: str) -> str:
    """A tidy zone with each line once: a reader that was swiped twice sends one line twice."""
    lines = zone.split("\n")
    if len(lines) == 1 and len(zone) in {72, 88} and zone[: len(zone) // 2] * 2 == zone:
        return zone[: len(zone) // 2]
    long = _SHORTEST_LINE
    return "\n".join(
        line
        for at, line in enumerate(lines)
        if at == 0 or line != lines[at - 1] or len(line) < long
    )


def shape_of(zone: str) -> ZoneShape | None:
    """The shape of a tidy zone, or None. Only a name's line may have lost its last fillers."""
    lines = zone.split("\n")
    if (
        "<" not in zone
        or len(zone) > _LONGEST // 2
        or not all(_LINE.fullmatch(line) for line in lines)
    ):
        return None
    if len(lines) == 1:
        width = _WIDTHS.get(len(zone), len(zone))
        lines = [zone[at : at + width] for at in range(0, len(zone), width)]
    if len(lines) == 3:
        fits = len(lines[0]) == len(lines[1]) == 30 >= len(lines[2])
        return ZoneShape("TD1", [*lines[:2], lines[2].ljust(30, "<")]) if fits else None
    if len(lines) != 2:
        return None
    width = len(lines[1])
    kind = _VISAS.get(width) if lines[0].startswith("V") else _two_lines(width, lines[0])
    return ZoneShape(kind, [lines[0].ljust(width, "<"), lines[1]]) if kind else None


def _two_lines(width: int, first: str) -> str | None:
    if len(first) > width:
        return None
    return {44: "TD3" if first.startswith("P") else None, 36: "TD2"}.get(width)


def is_beginning(zone: str) -> bool:
    """Whether these are the first lines of a zone, each whole, and the rest has not come."""
    if "<" not in zone or shape_of(zone) is not None:
        return False
    lines = zone.split("\n")
    if len(lines) == 1 and len(zone) == 60:
        lines = [zone[:30], zone[30:]]
    if not _FIRST_LINE.fullmatch(lines[0]) or not all(map(_LINE.fullmatch, lines)):
        return False
    widths = {len(line) for line in lines}
    return widths == {30} or (len(lines) == 1 and widths <= {36, 44})


def with_fillers(zone: str) -> str | None:
    """The zone with `<` in place of the one sign that another keyboard types for it, or None."""
    if "<" in zone:
        return None
    signs = Counter(char for char in zone if not char.isalnum() and char != "\n")
    if len(signs) != 1:
        return None
    ((sign, count),) = signs.items()
    exchanged = zone.replace(sign, "<")
    return exchanged if count >= _FILLERS and shape_of(exchanged) is not None else None


def with_lines_before(begun: str, text: str) -> str:
    """`text` after the lines that came before, when together they are a zone, or more of one."""
    before, more = without_doubles(tidy_zone(begun)), without_doubles(tidy_zone(text))
    if not before or before == more:
        return text
    together = f"{before}\n{more}"
    garbled = not together.isascii() and "|" not in more
    return together if garbled or shape_of(together) or is_beginning(together) else text


def looks_like_zone(text: str) -> bool:
    """Whether what came through one field for both is a zone, not a card's code."""
    zone = tidy_zone(text)
    if "<" in zone:
        return zone.count("|") < _BARS_OF_A_CARD
    return with_fillers(zone) is not None
