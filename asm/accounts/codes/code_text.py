"""How a one-time code is written: twelve letters and digits of Crockford's base 32, in groups of
four (60 bits). Read without regard to case, spaces and dashes; O is 0, I and L are 1.
"""

import secrets
from typing import Final

from asm.identity.pasted_text import clean_number

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
GROUP: Final = 4
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BITS: Final = 5


def new_code() -> str:
    """Twelve symbols by chance."""
    return "".join(secrets.choice(SYMBOLS) for _ in range(LENGTH))


def code_of_bytes(given: bytes) -> str:
    """Twelve symbols made of the first 60 bits of `given` (at least eight bytes)."""
    number = int.from_bytes(given[:8]) >> 4
    return "".join(SYMBOLS[number >> _BITS * digit & 31] for digit in reversed(range(LENGTH)))


def printed_code(code: str) -> str:
    """`7K3M-QX9A-0TZP`: as people copy it."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_code(typed: str) -> str | None:
    """The twelve symbols that somebody meant, or None when it cannot be a code."""
    symbols = "".join(
        letter for letter in clean_number(typed).upper() if letter.isalnum()
    ).translate(_ALIKE)
    if len(symbols) != LENGTH or not set(symbols) <= set(SYMBOLS):
        return None
    return symbols
