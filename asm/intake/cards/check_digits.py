"""ICAO 9303 check digits (weights 7-3-1), and the one-character repairs they allow."""

from collections.abc import Callable, Iterator
from typing import Final

_WEIGHTS: Final = (7, 3, 1)
# Letters that optical reading takes digits for. G and 6 differ by ten, so no check digit can tell
# them apart.
_LOOKS_LIKE: Final = {
    "O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8",
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


def repaired(
    line: str, span: range, fits: Callable[[str], bool], *, digits_only: bool
) -> str | None:
    """`line` with one letter within `span` exchanged for the digit it looks like so that `fits`
    holds, or None when no exchange does it, or more than one.

    Digits are never exchanged: a mistyped digit would be "repaired" into a wrong letter as often
    as not. Where letters are at home (not `digits_only`), only one between two digits counts: at
    the end, O may stand for 0 or for a filler, which weigh the same. The span's last character is
    the check digit itself, always a digit.
    """
    candidates = _exchanges(line, span, digits_only=digits_only)
    fitting = {candidate for candidate in candidates if fits(candidate)}
    return fitting.pop() if len(fitting) == 1 else None


def _exchanges(line: str, span: range, *, digits_only: bool) -> Iterator[str]:
    for position in span:
        digit = _LOOKS_LIKE.get(line[position])
        is_check = position == span.stop - 1
        if digit and (digits_only or is_check or _is_between_digits(line, position, span)):
            yield line[:position] + digit + line[position + 1 :]


def _is_between_digits(line: str, position: int, span: range) -> bool:
    inside = span.start < position < span.stop - 2
    return inside and line[position - 1].isdigit() and line[position + 1].isdigit()
