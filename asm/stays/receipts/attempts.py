"""The signed proof of an attempt: that a host tried to declare, when, and that this attempt stored
nothing. It is no receipt, and no check takes it for one.

Token: `ASMA1.<key id>.<facility>.<hash>.<attempted>.<signature>`: facility and hash in unpadded
base64url, the time in Unix milliseconds, Ed25519 over all before the last dot, by the receipt key.
The first part is signed too, so neither kind can be passed off as the other. The hash is SHA-256
over a random salt, the idempotency key and what was sent: with the salt and those, anyone can show
what was tried; without it the token reveals no one.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from asm.db.base import vietnam_time
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import SALT_BYTES, b64, millis, moment, refused, unb64

PREFIX = "ASMA1"
_PARTS = 6
_TOKEN = re.compile(r"ASMA1\.[A-Za-z0-9_.-]+")


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Given with a 503. `attempted_at` is this server's time (the database's while it is there)."""

    facility_id: UUID
    attempted_at: datetime
    stored: bool = False
    content_hash: str
    content_salt: str
    key_id: str
    token: str


class VerifiedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """What a genuine token of an attempt says. Nothing was stored by it."""

    facility_id: UUID
    attempted_at: datetime
    content_hash: str
    key_id: str
    stored: bool = False


def sign_attempt(
    files: KeyFiles, facility_id: UUID, attempted_at: datetime, key: str, body: bytes
) -> Attempt:
    """Sign that `body` was sent under `key` and not stored. Only for what surely was not."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha256(salt + key.encode() + b"\x1f" + body).digest()
    parts = (PREFIX, files.receipt_key_id, b64(facility_id.bytes), b64(digest))
    signed = ".".join((*parts, millis(attempted_at)))
    return Attempt(
        facility_id=facility_id,
        attempted_at=vietnam_time(attempted_at),
        content_hash=digest.hex(),
        content_salt=salt.hex(),
        key_id=files.receipt_key_id,
        token=f"{signed}.{b64(files.receipt.sign(signed.encode('ascii')))}",
    )


def attempt_token_in(text: str) -> str | None:
    """The token of an attempt in what people keep, or None when there is none."""
    token_match = _TOKEN.search(text)
    return token_match.group() if token_match else None


def verify_attempt(token: str, public_keys: Mapping[str, Ed25519PublicKey]) -> VerifiedAttempt:
    """Check a token with public keys alone.

    Raises Invalid: receipt_unreadable, receipt_key_unknown or receipt_not_genuine.
    """
    body, _, signature = token.strip().rpartition(".")
    parts = body.split(".")
    if len(parts) != _PARTS - 1 or parts[0] != PREFIX:
        raise refused("receipt_unreadable", text="attempt_unreadable")
    key = public_keys.get(parts[1])
    if key is None:
        raise refused("receipt_key_unknown", text="attempt_key_unknown")
    try:
        key.verify(unb64(signature), body.encode("ascii"))
        return VerifiedAttempt(
            facility_id=UUID(bytes=unb64(parts[2])),
            attempted_at=moment(parts[4]),
            content_hash=unb64(parts[3]).hex(),
            key_id=parts[1],
        )
    except (InvalidSignature, ValueError) as error:
        raise refused("receipt_not_genuine", text="attempt_not_genuine") from error
