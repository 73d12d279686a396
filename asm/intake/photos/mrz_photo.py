"""From the lines that optical reading saw to the lines of a machine-readable zone.

Each position of the zone allows letters, digits or fillers only (ICAO Doc 9303-4 section 4.2.2 and
9303-5 section 4.2.2), so a look-alike of the wrong kind is put right by its place; a run of fillers
is read as one too many or too few, and only one run has no fixed end. What the check digits then
say is for asm.intake.cards.mrz: nothing here makes a wrong number fit.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from asm.intake.cards.mrz import MrzReading, read_mrz

_ARROWS: Final = str.maketrans(
    {
        "«": "<<", "《": "<<", "‹": "<", "＜": "<", "〈": "<", "(": "<", "[": "<", "{": "<",
        "|": "I", "Ø": "0", "€": "C", "£": "E", "$": "S",
    }
)  # fmt: skip
_TO_DIGITS: Final = str.maketrans("OQDILZSGB", "000112568")
_TO_LETTERS: Final = str.maketrans("012568", "OIZSGB")
_RUN: Final = re.compile(r"<+")

# Lines and characters of visas (MRV-A, MRV-B), TD2 and TD1.
_OTHER_SHAPES: Final = ((2, 44), (2, 36), (3, 30))
_TD3_LENGTH: Final = 44
_TD3_FIXED: Final = 28  # up to the expiry's check digit; then optional data of any length
_TD3_NAME: Final = re.compile(r"P[A-Z<][A-Z<]{3}[A-Z<]+")
_TD3_DATA: Final = re.compile(
    r"[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9<]{6}[0-9][MFX<][0-9<]{6}[0-9][A-Z0-9<]{14}[0-9<][0-9]"
)
_TD1_NUMBER: Final = re.compile(r"I[A-Z<]VNM[0-9]{22}<<[0-9]")
_TD1_DATES: Final = re.compile(r"[0-9<]{6}[0-9][MFX<][0-9<]{6}[0-9]VNM<{11}[0-9]")
_TD1_NAME: Final = re.compile(r"[A-Z]+<[A-Z<]+")


def read_photographed_mrz(texts: list[str], *, today: date) -> MrzReading | None:
    """The zone among `texts`, the lines seen in a picture in any order; None when there is none.

    Of several candidates the one with the fewest refusals. `today` as for `read_mrz`.
    """
    readings = [read_mrz(zone, today=today) for zone in dict.fromkeys(zones_in(texts))]
    return min(readings, key=_refusals, default=None) or _other_paper(texts, today)


def _other_paper(texts: list[str], today: date) -> MrzReading | None:
    """What is no passport and no Vietnamese card, by its name: a visa, a foreign card."""
    seen = [cleaned(text) for text in texts]
    for count, width in _OTHER_SHAPES:
        lines = [line.ljust(width, "<") for line in seen if width - 3 <= len(line) <= width]
        for first in range(min(len(lines) - count + 1, 3)):
            reading = read_mrz("\n".join(lines[first : first + count]), today=today)
            if reading.format is not None:
                return reading
    return None


def _refusals(reading: MrzReading) -> int:
    return sum(item.severity == "refuse" for item in reading.problems)


def zones_in(texts: list[str]) -> Iterator[str]:
    """Every pair of lines that may be a passport's zone, then every three that may be a card's."""
    seen = [cleaned(text) for text in texts]
    # A long run of fillers may break a line in two.
    joined = [*seen, *(left + right for left, right in itertools.pairwise(seen))]
    passport = (_all(passport_name, seen), _all(passport_data, joined))
    card = (_all(card_number, joined), _all(card_dates, joined), _all(card_name, seen))
    for kind in (passport, card):
        yield from map("\n".join, itertools.product(*kind))


def _all(fit: Callable[[str], str | None], texts: Iterable[str]) -> list[str]:
    # Three of a kind are plenty: more would be a picture made to keep us busy.
    lines = (line for line in map(fit, texts) if line is not None)
    return list(itertools.islice(dict.fromkeys(lines), 3))


def cleaned(text: str) -> str:
    """Capitals, digits and fillers only; what looks like an arrow is a filler."""
    shown = "".join(text.upper().translate(_ARROWS).split())
    return re.sub(r"[^A-Z0-9<]", "", shown)


def passport_name(text: str) -> str | None:
    """Line 1 of TD3, or None. Lost fillers at its end are put back."""
    line = text.translate(_TO_LETTERS)
    if "<<" not in line or not _TD3_NAME.fullmatch(line):
        return None
    name = line.rstrip("<") if len(line) > _TD3_LENGTH else line
    return name.ljust(_TD3_LENGTH, "<") if len(name) <= _TD3_LENGTH else None


def passport_data(text: str) -> str | None:
    """Line 2 of TD3 with each field in its own alphabet, or None."""
    line = _stretched(text, _TD3_LENGTH, start=_TD3_FIXED)
    if line is None:
        return None
    line = (
        line[:9]
        + _digits(line[9])
        + line[10:13].translate(_TO_LETTERS)
        + _digits(line[13:20])
        + line[20]
        + _digits(line[21:28])
        + line[28:42]
        + _digits(line[42:])
    )
    return line if _TD3_DATA.fullmatch(line) else None


def _digits(field: str) -> str:
    return field.translate(_TO_DIGITS)


def _stretched(line: str, length: int, *, start: int) -> str | None:
    """`line` with its longest run of fillers from `start` on made to fit `length`, or None."""
    missing = length - len(line)
    if missing == 0:
        return line
    runs = list(_RUN.finditer(line, start))
    if not runs:
        return None
    run = max(runs, key=lambda match: match.end() - match.start())
    fillers = run.end() - run.start() + missing
    return line[: run.start()] + "<" * fillers + line[run.end() :] if fillers > 0 else None


def card_number(text: str) -> str | None:
    """Line 1 on a Vietnamese card's back, or None."""
    line = _stretched(text, 30, start=27)
    if line is None:
        return None
    line = line[:5].translate(_TO_LETTERS) + _digits(line[5:27]) + line[27:29] + _digits(line[29])
    return line if _TD1_NUMBER.fullmatch(line) else None


def card_dates(text: str) -> str | None:
    """Line 2 on a Vietnamese card's back, or None."""
    line = _stretched(text, 30, start=18)
    if line is None:
        return None
    line = (
        _digits(line[:7])
        + line[7]
        + _digits(line[8:15])
        + line[15:18].translate(_TO_LETTERS)
        + line[18:29]
        + _digits(line[29])
    )
    return line if _TD1_DATES.fullmatch(line) else None


def card_name(text: str) -> str | None:
    """Line 3 on a Vietnamese card's back, or None."""
    line = text.translate(_TO_LETTERS).rstrip("<")
    # The number's line reads as letters too.
    if len(line) > 30 or line[2:5] == "VNM" or not _TD1_NAME.fullmatch(line):
        return None
    return line.ljust(30, "<")
