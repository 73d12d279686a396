"""Names, labels and notes that people type, as they are stored and shown. Pure.

What nobody can see is taken out (`asm.identity.pasted_text`). What is left and cannot be printed is
refused: NUL, which PostgreSQL cannot store, other control characters, halves of a character, and
U+202E, which shows what follows it in reverse order.
"""

import re
from typing import Final

from asm.identity.pasted_text import clean_text

#: Between letters of some scripts these change how they are joined.
_JOINERS: Final = re.compile("[\u200c\u200d]")
_BREAKS: Final = re.compile("\r\n?|\n|\t")


def read_line(typed: str, most: int, least: int = 1) -> str | None:
    """One line of `least` to `most` characters without blanks around it; None for anything else."""
    line = clean_text(typed).strip()
    fits = least <= len(line) <= most
    return line if fits and _JOINERS.sub("", line).isprintable() else None


def read_lines(typed: str, most: int, least: int = 1) -> str | None:
    """As `read_line`, for text that may have several lines."""
    lines = clean_text(typed).strip()
    plain = _JOINERS.sub("", _BREAKS.sub(" ", lines))
    return lines if least <= len(lines) <= most and plain.isprintable() else None
