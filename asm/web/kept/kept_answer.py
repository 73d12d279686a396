"""What the answer to a form shows, held sealed by the browser that sent it, for fifteen minutes.

Such an answer is a page with an address of its own: loading it again, or going back to it, sends no
form again, and nothing of it stands in the address or in the database. The cookie opens in the very
session that it was sealed in, and nowhere else.
"""

import base64
import binascii
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from litestar.datastructures import Cookie

from asm.accounts.login import token_hash
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.cookies import session_token
from asm.web.page import WebRequest

KEPT_MINUTES: Final = 15
#: What browsers take for a cookie is 4,096 bytes, its name and the rest of it included.
MOST_BYTES: Final = 3800
_NONCE: Final = 12
#: `name`: which guests are looked for; `slip`: a code; `gate`: a gate's secret; `list`: what of a
#: watch list's file is shown; `assisted`: what became of a declaration.
Kind = Literal["name", "slip", "gate", "list", "assisted"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Seals and opens for one request at the database's `now`."""

    request: WebRequest
    settings: Settings
    keys: Keys = field(repr=False)
    now: datetime

    def cookie(self, kind: Kind, value: object) -> Cookie:
        """Hands the browser `value` (anything msgspec encodes). Raises ValueError for more than a
        browser takes.
        """
        until = int(self.now.timestamp()) + KEPT_MINUTES * 60
        plain = zlib.compress(msgspec.json.encode([until, value]), 9)
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._box().encrypt(nonce, plain, self._bound(kind))
        text = base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")
        if len(text) > MOST_BYTES:
            raise ValueError(f"{len(text)} bytes are too many for a cookie")
        return self._cookie(kind, text, KEPT_MINUTES * 60)

    def forget(self, kind: Kind) -> Cookie:
        """Takes it away again."""
        return self._cookie(kind, "", 0)

    def read(self, kind: Kind, shape: type[T]) -> T | None:
        """What this browser holds in this session, or None."""
        text = self.request.cookies.get(self._name(kind), "")
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            plain = self._box().decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(kind))
        except (InvalidTag, ValueError, binascii.Error):
            return None
        until, raw = msgspec.json.decode(zlib.decompress(plain), type=tuple[int, msgspec.Raw])
        return msgspec.json.decode(raw, type=shape) if self.now.timestamp() < until else None

    def _cookie(self, kind: Kind, text: str, seconds: int) -> Cookie:
        return Cookie(
            key=self._name(kind),
            value=text,
            path="/",
            max_age=seconds,
            secure=self.settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )

    def _name(self, kind: Kind) -> str:
        return f"__Host-asm-kept-{kind}" if self.settings.secure_cookies else f"asm-kept-{kind}"

    def _bound(self, kind: Kind) -> bytes:
        """To what it is for, and to the session."""
        session = token_hash(session_token(self.request, self.settings) or "")
        return kind.encode() + b"\x1f" + session

    def _box(self) -> AESGCM:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"asm kept answers 1")
        return AESGCM(derived.derive(self.keys.files.form))
