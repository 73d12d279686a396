"""The files of a release, and what is said of them."""

import hashlib
from typing import Final

import msgspec

CSV: Final = "text/csv"
JSON: Final = "application/json"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a file elsewhere; `size` in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


class ReleaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file with its bytes as they are published."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()
