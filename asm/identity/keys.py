"""The key files of a process: sealing, blind index, receipts, forms. Made once, read at start."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asm.errors import ConfigurationError

KEY_BYTES = 32
FILES = ("vault.key", "index.key", "receipt.key", "form.key")


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets in memory; `repr` shows none of them."""

    vault: bytes = field(repr=False)
    index: bytes = field(repr=False)
    receipt: Ed25519PrivateKey = field(repr=False)
    form: bytes = field(repr=False)

    @property
    def receipt_key_id(self) -> str:
        """The first eight hexadecimal digits of the public key: which key signed."""
        return public_key_id(self.receipt.public_key())

    @property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """Key id → public key, for whoever verifies receipts."""
        return {self.receipt_key_id: self.receipt.public_key()}


def public_key_bytes(key: Ed25519PublicKey) -> bytes:
    """The 32 raw bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_id(key: Ed25519PublicKey) -> str:
    """Short name of a public key, printed in every receipt."""
    return public_key_bytes(key).hex()[:8]


def create_keys(folder: Path) -> list[str]:
    """Write the key files that are missing (mode 0600) and return their names.

    A file that is there is never replaced: what it sealed could not be opened again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for name in FILES:
        path = folder / name
        if path.exists():
            continue
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        made.append(name)
    return made


def read_keys(folder: Path) -> Keys:
    """Read the key files. Raises ConfigurationError naming the file that is missing or broken."""
    raw = {name: _read(folder / name) for name in FILES}
    return Keys(
        vault=raw["vault.key"],
        index=raw["index.key"],
        receipt=Ed25519PrivateKey.from_private_bytes(raw["receipt.key"]),
        form=raw["form.key"],
    )


def _read(path: Path) -> bytes:
    try:
        value = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path.name} is missing: run `asm keys init`") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} is not hexadecimal") from error
    if len(value) != KEY_BYTES:
        raise ConfigurationError(f"{path.name} must hold {KEY_BYTES} bytes in hexadecimal")
    return value
