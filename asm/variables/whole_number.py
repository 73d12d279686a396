"""Numbers that people write: Python's own `int` takes signs, spaces and digits of every alphabet,
and raises an error of its own for thousands of digits.
"""

from typing import Final

HIGHEST_PORT: Final = 65535


def whole_number(text: str, most: int) -> int:
    """A whole number from 1 to `most`; 0 for anything else."""
    digits = text.lstrip("0")
    if not (text.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
        return 0
    return int(digits) if int(digits) <= most else 0
