"""Seal and open what identifies a person. Nothing else in ASM encrypts or decrypts.

AES-256-GCM with table, column, facility, record and key as associated data: a sealed value that is
moved to another row does not open. The blind index is an HMAC-SHA256 of kind and number: equal for
equal documents, useless without the key (a plain hash of twelve digits falls in hours).
"""

import hashlib
import hmac
import re
import secrets
from datetime import date
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asm.identity.names import folded_key, person_key
from asm.identity.vault.keys import Keys, LookUp

NONCE_BYTES = 12
#: Documents that carry the same twelve-digit personal number are one identity.
_PERSONAL_NUMBER_TYPES = frozenset({1, 7, 8})
#: Papers that may carry it, beside numbers of their own: driving licence, birth certificate, health
#: insurance card, others.
_MAY_CARRY_IT = frozenset({3, 5, 6, 9})
_CITIZEN_CARD = 1
_OLD_CARD = 2
_TWELVE = re.compile(r"[0-9]{12}")
T = TypeVar("T")


class VaultError(Exception):
    """A sealed value does not open: wrong key, wrong row, changed bytes, or no look-up written."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed record as it lies in its row."""

    facility_id: UUID
    id: UUID
    key_id: str
    sealed: bytes


def sealed_of(row: Any) -> Sealed:
    """The sealed record of a row of vault.guest_record."""
    return Sealed(
        facility_id=row.facility_id, id=row.id, key_id=row.key_id, sealed=bytes(row.sealed)
    )


class BlindIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The keyed hash of one document in each slot. `found_by` is the slot to look people up in."""

    a: bytes | None = None
    b: bytes | None = None
    found_by: str = "a"

    @property
    def value(self) -> bytes:
        """The hash that finds this document's person."""
        value = self.a if self.found_by == "a" else self.b
        if value is None:
            raise VaultError("the blind index lacks its own slot")
        return value


class Identified(Protocol):
    """What of a guest tells who it is."""

    @property
    def full_name(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...
    @property
    def birth_date_precision(self) -> str: ...
    @property
    def sex(self) -> str | None: ...
    @property
    def nationality(self) -> str: ...
    @property
    def document_type(self) -> int | None: ...
    @property
    def document_number(self) -> str | None: ...


def person_index(keys: Keys, facility_id: UUID, guest: Identified) -> BlindIndex | None:
    """What finds a guest again: the document, or for who has no number the name with the birth date
    and the sex, within one facility. None for who can be told by neither.
    """
    if guest.document_number is not None:
        if guest.document_type is None:
            return None
        return blind_index(keys, guest.document_type, guest.document_number, guest.nationality)
    if guest.birth_date is None:
        return None
    # The facility is part of it: a name with a birth date is no proof that two houses mean one
    # person. And no document begins like this, so the two kinds never meet.
    parts = (
        facility_id.hex,
        person_key(guest.full_name),
        f"{guest.birth_date.isoformat()} {guest.birth_date_precision}",
        guest.sex or "",
    )
    return _index(keys, b"no number\x1f" + "\x1f".join(parts).encode())


def blind_index(keys: Keys, document_type: int, number: str, nationality: str) -> BlindIndex:
    """Keyed hash of a document. `nationality` keeps equal passport numbers of two states apart."""
    return _index(keys, document_message(document_type, number, nationality))


def former_index(keys: Keys, document_type: int, number: str, nationality: str) -> BlindIndex:
    """The hash by which a document was known as long as each kind of paper was a person of its own,
    whatever number it carried.
    """
    normal = "".join(number.split()).upper()
    return _index(keys, f"{document_type}\x1f{nationality}\x1f{normal}".encode())


def name_index(keys: Keys, name: str) -> BlindIndex:
    """Keyed hash of a name, to tell whether two are the same: without case, marks and the order of
    its words, which passports and cards print differently.
    """
    return _index(keys, b"name\x1f" + " ".join(sorted(folded_key(name).split())).encode())


def _index(keys: Keys, message: bytes) -> BlindIndex:
    hashes = {keys.index.slot: _hash(keys.index.key, message)}
    if keys.also is not None:
        hashes[keys.also.slot] = _hash(keys.also.key, message)
    return BlindIndex(a=hashes.get("a"), b=hashes.get("b"), found_by=keys.index.slot)


def document_message(document_type: int, number: str, nationality: str) -> bytes:
    """What is hashed: kind, issuer and the number without spaces, in capitals."""
    normal = "".join(number.split()).upper()
    personal = document_type in _PERSONAL_NUMBER_TYPES
    if personal or (document_type == _OLD_CARD and len(normal) == 12):
        return f"{_CITIZEN_CARD}\x1fVNM\x1f{normal}".encode()
    if document_type in _MAY_CARRY_IT and nationality == "VNM" and _TWELVE.fullmatch(normal):
        return f"{_CITIZEN_CARD}\x1fVNM\x1f{normal}".encode()
    return f"{document_type}\x1f{nationality}\x1f{normal}".encode()


def seal(keys: Keys, facility_id: UUID, record_id: UUID, value: object) -> Sealed:
    """Encrypt `value` (anything msgspec encodes) for one guest record, by this month's key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    bound = _associated(facility_id, record_id, keys.data_key_id)
    box = AESGCM(keys.data[keys.data_key_id])
    sealed = nonce + box.encrypt(nonce, msgspec.json.encode(value), bound)
    return Sealed(facility_id=facility_id, id=record_id, key_id=keys.data_key_id, sealed=sealed)


def open_sealed(keys: Keys, look_up: LookUp, record: Sealed, kind: type[T]) -> T:
    """Decrypt a record that `look_up` names. Raises VaultError; the text never shows the value."""
    if record.id not in look_up.records:
        raise VaultError(f"no look-up was written for guest record {record.id}")
    key = keys.data.get(record.key_id)
    if key is None:
        raise VaultError(f"key {record.key_id} is not to be had")
    bound = _associated(record.facility_id, record.id, record.key_id)
    nonce, body = record.sealed[:NONCE_BYTES], record.sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(key).decrypt(nonce, body, bound)
    except InvalidTag as error:
        raise VaultError(f"guest record {record.id} does not open") from error
    return msgspec.json.decode(plain, type=kind)


def fingerprint(keys: Keys, body: bytes) -> bytes:
    """Keyed hash of a request body, to tell a resend from another request under the same key."""
    return _print(keys, keys.data_key_id, body)


def fingerprint_fits(keys: Keys, stored: bytes, body: bytes) -> bool:
    """Whether `stored` was made of `body`, by whichever data key was current then."""
    key_id = stored.partition(b":")[0].decode("ascii")
    return key_id in keys.data and hmac.compare_digest(stored, _print(keys, key_id, body))


def _print(keys: Keys, key_id: str, body: bytes) -> bytes:
    return key_id.encode("ascii") + b":" + _hash(_fingerprint_key(keys.data[key_id]), body)


@lru_cache(maxsize=64)
def _fingerprint_key(data_key: bytes) -> bytes:
    return _hash(data_key, b"fingerprint")


def _hash(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _associated(facility_id: UUID, record_id: UUID, key_id: str) -> bytes:
    sealed_column = b"vault.guest_record\x1fsealed\x1f" + facility_id.bytes + record_id.bytes
    return sealed_column + key_id.encode("ascii")
