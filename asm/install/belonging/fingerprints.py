"""A fingerprint says whether a key is the same, and nothing else of it.

It is SHA-256 over a name of this purpose, the file's name and the key, cut to 128 bits. The keys
are 256 random bits: nobody finds one by trying, so the hash needs neither salt nor slowness, and
because of the name before it no other use of the key gives the same value. What is cut off keeps
two keys apart as well as 32 digits can: chance does not make them equal.
"""

import hashlib
from pathlib import Path
from typing import Final

from asm.errors import ConfigurationError, KeyFileMissing
from asm.identity.vault.keys import FILES, keys_in

_PURPOSE: Final = b"asm installation key\x1f"
_DIGITS: Final = 32


def fingerprint(file: str, key: bytes) -> str:
    """32 hexadecimal digits: the same for the same key in the same file."""
    return hashlib.sha256(_PURPOSE + file.encode() + b"\x1f" + key).hexdigest()[:_DIGITS]


def fingerprints_in(folder: Path) -> dict[str, list[str] | None]:
    """Of each key file in the folder, of each of its keys, newest first; an empty list where the
    file is not there, None where it cannot be read.
    """
    return {file: _fingerprints_of(folder, file) for file in FILES}


def _fingerprints_of(folder: Path, file: str) -> list[str] | None:
    try:
        return [fingerprint(file, key) for key in keys_in(folder, file)]
    except KeyFileMissing:
        return []
    except ConfigurationError:
        return None
