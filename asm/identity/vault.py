"""Seal and open what identifies a person. Nothing else in ASM encrypts or decrypts.

AES-256-GCM with the table, column, facility and record as associated data: a sealed value that is
moved to another row does not open. The blind index is an HMAC-SHA256 of kind and number: equal for
equal documents, useless without the key (a plain hash of twelve digits falls in hours).
"""

import hashlib
import hmac
import secrets
from typing import TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asm.identity.keys import Keys

KEY_ID = "v1"
NONCE_BYTES = 12
#: Documents that carry the same twelve-digit personal number are one identity.
_PERSONAL_NUMBER_TYPES = frozenset({1, 7, 8})
_CITIZEN_CARD = 1
T = TypeVar("T")


class VaultError(Exception):
    """A sealed value does not open: wrong key, wrong row or changed bytes."""


def blind_index(keys: Keys, document_type: int, number: str, nationality: str) -> bytes:
    """Keyed hash of a document. `nationality` keeps equal passport numbers of two states apart."""
    normal = "".join(number.split()).upper()
    kind = _CITIZEN_CARD if document_type in _PERSONAL_NUMBER_TYPES else document_type
    if document_type == 2 and len(normal) == 12:
        kind = _CITIZEN_CARD
    issuer = "VNM" if kind == _CITIZEN_CARD else nationality
    message = f"{kind}\x1f{issuer}\x1f{normal}".encode()
    return hmac.digest(keys.index, message, hashlib.sha256)


def seal(keys: Keys, facility_id: UUID, record_id: UUID, value: object) -> bytes:
    """Encrypt `value` (anything msgspec encodes) for one guest record."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = msgspec.json.encode(value)
    return nonce + AESGCM(keys.vault).encrypt(nonce, plain, _associated(facility_id, record_id))


def open_sealed(keys: Keys, facility_id: UUID, record_id: UUID, sealed: bytes, kind: type[T]) -> T:
    """Decrypt one guest record. Raises VaultError; the text never shows the value."""
    try:
        plain = AESGCM(keys.vault).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated(facility_id, record_id)
        )
    except InvalidTag as error:
        raise VaultError(f"guest record {record_id} does not open") from error
    return msgspec.json.decode(plain, type=kind)


def fingerprint(keys: Keys, body: bytes) -> bytes:
    """Keyed hash of a request body, to tell a resend from another request under the same key."""
    return hmac.digest(keys.index, b"fingerprint\x1f" + body, hashlib.sha256)


def _associated(facility_id: UUID, record_id: UUID) -> bytes:
    return b"vault.guest_record\x1fsealed\x1f" + facility_id.bytes + record_id.bytes
