"""What makes a proof fresh: a word of the server's that it must carry (RFC 9449, section 8).

A nonce is the number of its five minutes and a keyed hash of it: nothing is stored, and every
process makes and knows the same. The phone's own clock decides nothing.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

PERIOD_S: Final = 300
#: A nonce is good in its own period and the next; also in the one before, since the clocks of two
#: machines may differ by a moment.
_AROUND: Final = (0, -1, 1)
#: So long a nonce may be good, and so long a proof that carries it is remembered.
WINDOW_S: Final = (len(_AROUND) + 1) * PERIOD_S
_NUMBER_BYTES: Final = 5
_HASH_BYTES: Final = 16


class Nonces:
    """Makes nonces and knows its own."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"asm proof nonce", hashlib.sha256)

    def nonce(self, now: datetime) -> str:
        """The present one."""
        return self._of(_period(now))

    def is_fresh(self, nonce: str | None, now: datetime) -> bool:
        """Whether it is ours, and not too old."""
        number = _number(nonce or "")
        if number is None or number - _period(now) not in _AROUND:
            return False
        return hmac.compare_digest(self._of(number), nonce or "")

    def _of(self, number: int) -> str:
        head = number.to_bytes(_NUMBER_BYTES)
        digest = hmac.digest(self._key, head, hashlib.sha256)[:_HASH_BYTES]
        return base64.urlsafe_b64encode(head + digest).decode()


def _period(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD_S


def _number(nonce: str) -> int | None:
    try:
        raw = base64.b64decode(nonce.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    if len(raw) != _NUMBER_BYTES + _HASH_BYTES:
        return None
    return int.from_bytes(raw[:_NUMBER_BYTES])
