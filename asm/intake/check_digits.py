"""ICAO 9303 check digits (weights 7-3-1), and the one-character repairs they allow."""

from collections.abc import Callable, Iterator
from typing import Final

_WEIGHTS: Final = (7, 3, 1)
# What optical reading confuses. G and 6 differ by ten, so no check digit can tell them apart:
# the pair serves only where the field must hold digits.
_LOOKS_LIKE: Final = {
    "O": "0", "Q": "0", "D": "0", "0": "O", "I": "1", "L": "1", "1": "I", "Z": "2", "2": "Z",
    "S": "5", "5": "S", "G": "6", "B": "8", "8": "B", "K": "<", "C": "<",
}  # fmt: skip


def check_digit(field: str) -> str:
    """The digit for a field of `A-Z0-9<`. Raises ValueError for any other character."""
    total = sum(_value(char) * _WEIGHTS[i % 3] for i, char in enumerate(field))
    return str(total % 10)


def _value(char: str) -> int:
    if char == "<":
        return 0
    if char.isascii() and (char.isdigit() or "A" <= char <= "Z"):
        return int(char, 36)
    raise ValueError("not a character of a machine-readable zone")


def repaired(line: str, span: range, fits: Callable[[str], bool]) -> str | None:
    """`line` with one look-alike within `span` exchanged so that `fits` holds, or None when no
    exchange does it, or more than one.
    """
    found = {candidate for candidate in _exchanges(line, span) if fits(candidate)}
    return found.pop() if len(found) == 1 else None


def _exchanges(line: str, span: range) -> Iterator[str]:
    for position in span:
        other = _LOOKS_LIKE.get(line[position])
        if other:
            yield line[:position] + other + line[position + 1 :]
