"""Pieces of what a scanner types: the code of a card, the machine-readable zone of a passport."""

import re
from typing import Final

#: The bar between a card's fields, and what other keyboards and encodings make of it (doubled where
#: it is also a sign that people write: the old number is mostly empty); a personal number; the
#: filler of a zone.
_PIECE: Final = re.compile(r"[|¦｜<\t\x80-\x9f]|\\\\|~~|(?<!\d)\d{12}(?!\d)")


def is_piece_of_paper(text: str) -> bool:
    """Whether `text` holds what stands on papers and in no name that is written on a door."""
    return _PIECE.search(text) is not None
