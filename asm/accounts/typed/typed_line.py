"""Names, labels and notes that people type, as they are stored and shown. Pure.

What nobody can see is taken out (`asm.identity.pasted_text`). What is left and cannot be printed is
refused: NUL, which PostgreSQL cannot store, other control characters, halves of a character, and
U+202E, which shows what follows it in reverse order.
"""

import re
from typing import Any, Final

from asm.errors import field_error
from asm.identity.pasted_text import clean_text

#: Between letters of some scripts these change how they are joined.
_JOINERS: Final = re.compile("[\u200c\u200d]")
_BREAKS: Final = re.compile("\r\n?|\n|\t")


def tidy(typed: str) -> str:
    """As it is stored: without what is not seen, and without blanks around it."""
    return clean_text(typed).strip()


def is_readable(typed: str, *, lines: bool = False) -> bool:
    """Whether all that is left of it can be printed; `lines`: line breaks and tabs can."""
    text = _JOINERS.sub("", tidy(typed))
    return (_BREAKS.sub(" ", text) if lines else text).isprintable()


def read_line(typed: str, most: int, least: int = 1) -> str | None:
    """One readable line of `least` to `most` characters; None for anything else."""
    line = tidy(typed)
    return line if least <= len(line) <= most and is_readable(line) else None


def typed_errors(
    pointer: str, typed: str, code: str, *, least: int, most: int, lines: bool = False
) -> list[dict[str, Any]]:
    """What is wrong with it: `text_unreadable`, or `code` where it is shorter or longer than
    `least` and `most` say, which are facts of its text.
    """
    if not is_readable(typed, lines=lines):
        return [field_error(pointer, "text_unreadable")]
    if not least <= len(tidy(typed)) <= most:
        return [field_error(pointer, code, least=least, most=most)]
    return []
