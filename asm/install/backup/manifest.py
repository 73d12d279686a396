"""What a backup says of itself. It is written last: a folder without it is no backup."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from asm.errors import Conflict, NotFound

MANIFEST: Final = "backup.json"
DUMP: Final = "database.dump"
FORMAT: Final = 1
_SLICE: Final = 1 << 20


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the backup."""

    bytes: int
    sha256: str


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a dump leaves out of the database itself. `rights` are `{role, privilege}`, no role for
    everybody; `settings` are `{name, value}`. `provider` of the order of texts is `c` (the
    system), `i` (ICU) or `b` (PostgreSQL itself); `locale` is its name with the latter two.
    """

    name: str
    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str
    locale: str
    bytes: int
    rights: list[dict[str, str]]
    settings: list[dict[str, str]]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` counts each table as the dump has it; `keys` are fingerprints, by the name of the key
    file; `made_at` is UTC. `seal` proves the rest, the dump's hash included (`asm.install.backup.
    seal`); empty where the keys were not at hand.
    """

    format: int
    made_at: str
    seconds: float
    asm: str
    schema: str
    postgresql: str
    postgis: str
    database: DatabaseFacts
    roles: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    rows: dict[str, int]
    keys: dict[str, list[str]]
    files: dict[str, StoredFile]
    seal: str = ""

    @property
    def major(self) -> int:
        """PostgreSQL's major version."""
        return int(self.postgresql.partition(".")[0])


def stored_file(path: Path) -> StoredFile:
    """Size and hash of a file, which is on the disk by then."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        os.fsync(file.fileno())
        while part := file.read(_SLICE):
            digest.update(part)
            size += len(part)
    return StoredFile(bytes=size, sha256=digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, and see it to the disk."""
    handle = os.open(folder / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Raises NotFound for a folder that is no whole backup, Conflict for one that is not read."""
    try:
        written = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("backup_not_whole", folder=folder, file=MANIFEST) from error
    try:
        manifest = msgspec.json.decode(written, type=Manifest)
    except msgspec.DecodeError as error:
        raise Conflict("backup_manifest_broken", file=MANIFEST) from error
    if manifest.format > FORMAT:
        raise Conflict("backup_of_newer_asm", version=manifest.asm)
    return manifest


def require_intact(folder: Path, files: Mapping[str, StoredFile]) -> None:
    """Raises Conflict naming the files that are not as they were written."""
    broken = [name for name, file in files.items() if not _same(folder / name, file)]
    if broken:
        raise Conflict("backup_files_changed", files=", ".join(sorted(broken)))


def _same(path: Path, file: StoredFile) -> bool:
    try:
        return stored_file(path) == file
    except FileNotFoundError:
        return False
