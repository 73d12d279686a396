"""Where people can be reached, sealed at rest; and links that only we can have made.

Each key of `notify.key` gives three by HKDF: one seals addresses, one tells whether an address is
already there, one signs the links that confirm or leave a contact. The newest seals and signs;
former ones still open and still vouch for their links.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12
_MAC: Final = 16
Purpose = Literal["confirm", "leave"]


class ContactNotOpenedError(Exception):
    """Sealed under another key, or changed since: cannot be opened."""


@dataclass(frozen=True, slots=True)
class ContactKeys:
    """The three keys, and those of before; `repr` shows none of them."""

    sealing: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    link: bytes = field(repr=False)
    former: "tuple[ContactKeys, ...]" = field(repr=False, default=())

    def seal(
        self, address: dict[str, Any], account_id: UUID, contact_id: UUID, channel: str
    ) -> bytes:
        """AES-256-GCM over the JSON of `address`, bound to the row it stands in."""
        nonce = secrets.token_bytes(_NONCE)
        bound = _bound(account_id, contact_id, channel)
        return nonce + AESGCM(self.sealing).encrypt(nonce, msgspec.json.encode(address), bound)

    def open(
        self, sealed: bytes, account_id: UUID, contact_id: UUID, channel: str
    ) -> dict[str, Any]:
        """The address again. Raises ContactNotOpenedError."""
        return self.opened_by(sealed, account_id, contact_id, channel)[1]

    def opened_by(
        self, sealed: bytes, account_id: UUID, contact_id: UUID, channel: str
    ) -> "tuple[ContactKeys, dict[str, Any]]":
        """The keys that it was sealed by, and the address. Raises ContactNotOpenedError."""
        bound = _bound(account_id, contact_id, channel)
        for keys in (self, *self.former):
            try:
                raw = AESGCM(keys.sealing).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
            except (InvalidTag, ValueError):
                continue
            return keys, msgspec.json.decode(raw, type=dict[str, Any])
        raise ContactNotOpenedError

    def digest_of(self, address: str) -> bytes:
        """The same for the same address, and tells nothing of it without the key."""
        return hmac.digest(self.digest, address.encode(), hashlib.sha256)

    def digests_of(self, address: str) -> list[bytes]:
        """By every key, the newest first."""
        return [keys.digest_of(address) for keys in (self, *self.former)]


def contact_keys(secret: bytes, *former: bytes) -> ContactKeys:
    """The keys that the 32 bytes of `notify.key` give, and those that stand below them."""
    derived = HKDF(hashes.SHA256(), 96, salt=None, info=b"asm contacts 1").derive(secret)
    return ContactKeys(
        sealing=derived[:32],
        digest=derived[32:64],
        link=derived[64:],
        former=tuple(contact_keys(former_secret) for former_secret in former),
    )


def link_token(keys: ContactKeys, purpose: Purpose, contact_id: UUID) -> str:
    """For an address: says which contact and what for, and nothing about whose it is."""
    kind = purpose[:1].encode()
    mac = hmac.digest(keys.link, kind + contact_id.bytes, hashlib.sha256)[:_MAC]
    return base64.urlsafe_b64encode(kind + contact_id.bytes + mac).rstrip(b"=").decode()


def read_link_token(keys: ContactKeys, token: str) -> tuple[Purpose, UUID] | None:
    """What a token was made for, or None when we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    kind, contact, mac = raw[:1], raw[1:17], raw[17:]
    ours = [
        hmac.digest(each_keys.link, kind + contact, hashlib.sha256)[:_MAC]
        for each_keys in (keys, *keys.former)
    ]
    if len(raw) != 1 + 16 + _MAC or not any(hmac.compare_digest(mac, our_mac) for our_mac in ours):
        return None
    return ("confirm" if kind == b"c" else "leave"), UUID(bytes=contact)


def _bound(account_id: UUID, contact_id: UUID, channel: str) -> bytes:
    return b"contact" + account_id.bytes + contact_id.bytes + channel.encode()
