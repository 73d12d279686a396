"""The keys of a process. Files hold the key-encryption keys and the receipt key; the vault's own
keys lie wrapped in the database, so that a copy of either alone opens nothing.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asm.errors import ConfigurationError, KeyFileMissing

KEY_BYTES = 32
#: One key a line, newest first; former ones stay until nothing is wrapped by them.
VAULT_FILE = "vault.key"
RECEIPT_FILE = "receipt.key"
FORM_FILE = "form.key"
#: Seals where people are reached and signs the links in messages. Newest first; links of a former
#: one are good as long as it stands there.
NOTIFY_FILE = "notify.key"
#: Says to push services who we are (VAPID, RFC 8292).
VAPID_FILE = "vapid.key"
#: Public keys that signed receipts before: those receipts stay genuine.
FORMER_RECEIPT_KEYS = "receipt-former.json"
FILES = (VAULT_FILE, RECEIPT_FILE, FORM_FILE, NOTIFY_FILE, VAPID_FILE)
#: Replaces the file: for machines whose secrets come from the environment.
VAULT_VARIABLE = "ASM_VAULT_KEY"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """What the secrets folder holds; `repr` shows none of it."""

    encryption: dict[str, bytes] = field(repr=False)
    receipt: Ed25519PrivateKey = field(repr=False)
    form: bytes = field(repr=False)
    notify: bytes = field(repr=False)
    vapid: bytes = field(repr=False)
    former: dict[str, Ed25519PublicKey] = field(repr=False, default_factory=dict)
    notify_former: tuple[bytes, ...] = field(repr=False, default=())
    #: The first eight hexadecimal digits of the public key: which key signed. Each receipt asks.
    receipt_key_id: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the receipt key."""
        object.__setattr__(self, "receipt_key_id", public_key_id(self.receipt.public_key()))

    @property
    def encryption_id(self) -> str:
        """The newest key-encryption key: what is wrapped from now on is wrapped by it."""
        return next(iter(self.encryption))

    @property
    def notify_keys(self) -> tuple[bytes, ...]:
        """Newest first."""
        return (self.notify, *self.notify_former)

    @property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """Key id → public key, former ones too, for whoever verifies receipts."""
        return {**self.former, self.receipt_key_id: self.receipt.public_key()}


class LookUp(Protocol):
    """The proof that a look-up was written down: only with it does the vault open these records."""

    @property
    def records(self) -> Collection[UUID]:
        """The guest records that may be opened because of it."""


class WriteLookUp(Protocol):
    """Writes a look-up to the audit trail and commits it, before anything is opened."""

    async def __call__(self, records: Collection[UUID], **entry: Any) -> LookUp:
        """Raises when it could not be written."""


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A blind-index key and the column (`a` or `b`) that its hashes stand in."""

    slot: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys as they are at one moment. `index` is the one that finds people; `also` is there
    while the index key rotates, and new rows then carry both hashes.
    """

    files: KeyFiles
    data_key_id: str
    data: dict[str, bytes] = field(repr=False)
    index: IndexKey
    also: IndexKey | None
    write_look_up: WriteLookUp

    @property
    def receipt(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return self.files.receipt

    @property
    def receipt_key_id(self) -> str:
        """Which key signs."""
        return self.files.receipt_key_id

    @property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The keys that verify receipts."""
        return self.files.public_keys


def public_key_bytes(key: Ed25519PublicKey) -> bytes:
    """The 32 raw bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_id(key: Ed25519PublicKey) -> str:
    """Short name of a public key, printed in every receipt."""
    return public_key_bytes(key).hex()[:8]


def encryption_key_id(key: bytes) -> str:
    """Short name of a key-encryption key; says nothing about it (a keyed hash of a constant)."""
    return hmac.digest(key, b"asm key-encryption key id", hashlib.sha256).hex()[:8]


def create_keys(folder: Path) -> list[str]:
    """Write the key files that are missing (mode 0600) and return their names.

    A file that is there is never replaced: what it sealed could not be opened again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = []
    for name in FILES:
        if not (folder / name).exists():
            write_secret(folder / name, secrets.token_hex(KEY_BYTES) + "\n")
            names.append(name)
    return names


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    partial = path.with_suffix(".new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_keys(folder: Path) -> KeyFiles:
    """Read the key files. Raises ConfigurationError naming the file that is missing or broken."""
    variable = os.environ.get(VAULT_VARIABLE)
    lines = variable.split() if variable else _lines(folder / VAULT_FILE)
    encryption = [_key(line, VAULT_FILE) for line in lines]
    notify = [_key(line, NOTIFY_FILE) for line in _lines(folder / NOTIFY_FILE)]
    return KeyFiles(
        encryption={encryption_key_id(key): key for key in encryption},
        receipt=Ed25519PrivateKey.from_private_bytes(
            _key(_lines(folder / RECEIPT_FILE)[0], RECEIPT_FILE)
        ),
        form=_key(_lines(folder / FORM_FILE)[0], FORM_FILE),
        notify=notify[0],
        notify_former=tuple(notify[1:]),
        vapid=_key(_lines(folder / VAPID_FILE)[0], VAPID_FILE),
        former=_former(folder / FORMER_RECEIPT_KEYS),
    )


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="ascii").split()
    except FileNotFoundError as error:
        raise KeyFileMissing(path.name) from error
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} in ASM_SECRETS_DIR cannot be read ({error.strerror})"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name} is not hexadecimal") from error
    if not lines:
        raise ConfigurationError(f"{path.name} is empty")
    return lines


def _key(text: str, name: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} is not hexadecimal") from error
    if len(value) != KEY_BYTES:
        raise ConfigurationError(f"{name} must hold {KEY_BYTES} bytes in hexadecimal")
    return value


def _former(path: Path) -> dict[str, Ed25519PublicKey]:
    if not path.exists():
        return {}
    hex_keys: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return {
        name: Ed25519PublicKey.from_public_bytes(bytes.fromhex(k)) for name, k in hex_keys.items()
    }
