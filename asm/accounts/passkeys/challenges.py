"""What a passkey signs: fresh, of this server, for this browser and purpose, answered once.

A challenge is its time, chance, and a keyed hash of both with the secret that the browser keeps in
a cookie. So a page that shows one stores nothing, programs that look at links fill no table, and
two tabs do not spoil each other. What is kept is that one was answered, for as long as it is good.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.passkeys.model import passkey_answered

CHALLENGE_LASTS: Final = timedelta(minutes=10)
#: The clocks of two machines may differ by as much.
_AHEAD: Final = timedelta(minutes=1)
_TIME_BYTES: Final = 6
_CHANCE_BYTES: Final = 16
_HASH_BYTES: Final = 32


class Challenges:
    """Makes challenges for one browser and purpose, and knows its own. `holder`: the secret of the
    browser's cookie; `purpose`: signing in, or adding a passkey to one account.
    """

    def __init__(self, key: bytes, holder: str, purpose: str) -> None:
        secret = hmac.digest(key, b"asm passkey challenge", hashlib.sha256)
        self._key = hmac.digest(secret, f"{purpose}\x1f{holder}".encode(), hashlib.sha256)

    def make(self, now: datetime) -> bytes:
        """A fresh one."""
        head = int(now.timestamp() * 1000).to_bytes(_TIME_BYTES)
        return self._signed(head + secrets.token_bytes(_CHANCE_BYTES))

    def is_fresh(self, challenge: bytes, now: datetime) -> bool:
        """Whether it is ours, for this browser and purpose, and not too old."""
        head = challenge[: _TIME_BYTES + _CHANCE_BYTES]
        if not hmac.compare_digest(self._signed(head), challenge):
            return False
        age = now.timestamp() - int.from_bytes(head[:_TIME_BYTES]) / 1000
        return -_AHEAD.total_seconds() <= age <= CHALLENGE_LASTS.total_seconds()

    def _signed(self, head: bytes) -> bytes:
        return head + hmac.digest(self._key, head, hashlib.sha256)[:_HASH_BYTES]


async def answer_once(session: AsyncSession, challenge: bytes, now: datetime) -> bool:
    """Whether the challenge is answered for the first time; from now on it has been."""
    done = await session.execute(
        insert(passkey_answered)
        .values(
            challenge_hash=hashlib.sha256(challenge).digest(),
            expires_at=now + CHALLENGE_LASTS + _AHEAD,
        )
        .on_conflict_do_nothing()
        .returning(passkey_answered.c.challenge_hash)
    )
    return done.one_or_none() is not None
