"""The keys of a process. Files hold the key-encryption keys and the receipt key; the vault's own
keys lie wrapped in the database, so that a copy of either alone opens nothing.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Sequence
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


def create_keys(folder: Path, files: Sequence[str] = FILES) -> list[str]:
    """Write those of the key files that are missing (mode 0600) and return their names.

    A file that is there is never replaced: what it sealed could not be opened again. Who may make
    one is for the database to say (`asm.install.belonging.init_keys`).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = []
    for name in files:
        if not (folder / name).exists():
            partial = _written_beside(folder / name, secrets.token_hex(KEY_BYTES) + "\n")
            try:
                # Unlike a rename, it fails where somebody else has just made the file.
                os.link(partial, folder / name)
                names.append(name)
            except FileExistsError:
                continue
            finally:
                partial.unlink()
    return names


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    _written_beside(path, text).replace(path)


def _written_beside(path: Path, text: str) -> Path:
    partial = path.with_name(f".{path.name}.{os.getpid()}.new")
    # Anew, and never through a link: the folder belongs to the processes, and root writes here.
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    if os.geteuid() == 0:  # root writes it for whose folder it is: the processes' user reads it
        folder = path.parent.stat()
        os.fchown(handle, folder.st_uid, folder.st_gid)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # a full disk: it names no file, and must leave none
        partial.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    return partial


def read_keys(folder: Path) -> KeyFiles:
    """Read the key files. Raises ConfigurationError naming the file that is missing or broken."""
    encryption, notify = keys_in(folder, VAULT_FILE), keys_in(folder, NOTIFY_FILE)
    return KeyFiles(
        encryption={encryption_key_id(key): key for key in encryption},
        receipt=Ed25519PrivateKey.from_private_bytes(keys_in(folder, RECEIPT_FILE)[0]),
        form=keys_in(folder, FORM_FILE)[0],
        notify=notify[0],
        notify_former=tuple(notify[1:]),
        vapid=keys_in(folder, VAPID_FILE)[0],
        former=read_former(folder / FORMER_RECEIPT_KEYS),
    )


def keys_in(folder: Path, name: str) -> list[bytes]:
    """The keys of one file, newest first; of the vault's, those of ASM_VAULT_KEY where it is set.
    Raises KeyFileMissing, or ConfigurationError naming the file that is broken.
    """
    variable = os.environ.get(VAULT_VARIABLE) if name == VAULT_FILE else None
    lines = variable.split() if variable else _lines(folder / name)
    return [_key(line, name) for line in lines]


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


def read_former(path: Path) -> dict[str, Ed25519PublicKey]:
    """Key id → public key of those that signed before; none where there is no such file."""
    if not path.exists():
        return {}
    try:
        hex_keys: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
        return {
            name: Ed25519PublicKey.from_public_bytes(bytes.fromhex(k))
            for name, k in hex_keys.items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path.name} does not hold public keys") from error
