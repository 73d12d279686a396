"""The keys of one-time codes, from those of `notify.key`: one hashes what is stored, one makes the
codes that go out by message, so that no table, job or event ever holds such a code.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from asm.accounts.codes.code_text import code_of_bytes

_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """The newest keys and those of before; `repr` shows none of them."""

    digest: bytes = field(repr=False)
    making: bytes = field(repr=False)
    former: "tuple[CodeKeys, ...]" = field(repr=False, default=())

    @property
    def key_id(self) -> str:
        """Which key made a code: tells nothing of the key."""
        return hashlib.sha256(b"asm codes id" + self.making).hexdigest()[:_ID_LENGTH]

    def hash_of(self, code: str) -> bytes:
        """What is stored of a code: the same for the same code, and nothing without the key."""
        return hmac.digest(self.digest, b"code" + code.encode(), hashlib.sha256)

    def hashes_of(self, code: str) -> list[bytes]:
        """By every key, the newest first."""
        return [keys.hash_of(code) for keys in (self, *self.former)]

    def sent_code(self, code_id: UUID) -> str:
        """The code that goes out by message: whoever sends it makes it again from its row's id."""
        return code_of_bytes(hmac.digest(self.making, code_id.bytes, hashlib.sha256))

    def by_id(self, key_id: str) -> "CodeKeys | None":
        """The keys that a code was made by, if they still stand."""
        return next((keys for keys in (self, *self.former) if keys.key_id == key_id), None)

    def bucket(self, *parts: str) -> bytes:
        """What tries of one kind are counted under: an address or a login, told by nobody."""
        return hmac.digest(self.digest, "\0".join(("try", *parts)).encode(), hashlib.sha256)


def code_keys(secret: bytes, *former: bytes) -> CodeKeys:
    """The keys that the 32 bytes of `notify.key` give, and those that stand below them."""
    derived = HKDF(hashes.SHA256(), 64, salt=None, info=b"asm codes 1").derive(secret)
    return CodeKeys(
        digest=derived[:32],
        making=derived[32:],
        former=tuple(code_keys(former_secret) for former_secret in former),
    )
