"""The keys beside a backup, in a folder of their own: whoever finds one of the two opens nothing.

With them go the settings of the processes, which hold passwords.
"""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag

from asm.errors import ConfigurationError, Conflict, NotFound
from asm.identity.vault.keyring import unwrap
from asm.identity.vault.keys import (
    FORM_FILE,
    NOTIFY_FILE,
    RECEIPT_FILE,
    VAPID_FILE,
    VAULT_FILE,
    KeyFiles,
    encryption_key_id,
    read_keys,
)
from asm.install.backup.manifest import StoredFile, require_intact, stored_file

LIST: Final = "keys.json"
SECRETS: Final = "secrets"
SETTINGS: Final = "settings"


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a folder of keys."""

    files: dict[str, StoredFile]


def fingerprints(keys: KeyFiles) -> dict[str, list[str]]:
    """The keys that the database needs, by file: keyed hashes, from which nobody makes a key."""
    return {
        VAULT_FILE: list(keys.encryption),
        RECEIPT_FILE: [keys.receipt_key_id],
        FORM_FILE: [encryption_key_id(keys.form)],
        NOTIFY_FILE: [encryption_key_id(keys.notify)],
        VAPID_FILE: [encryption_key_id(keys.vapid)],
    }


def require_same_keys(keys: KeyFiles, needed: dict[str, list[str]]) -> None:
    """Raises Conflict naming the files whose keys are not those of the backup. A receipt key that
    was replaced is still good where its public half is kept, a notify key where it stands below.
    """
    there = fingerprints(keys)
    there[RECEIPT_FILE] = list(keys.public_keys)
    there[NOTIFY_FILE] = [encryption_key_id(key) for key in keys.notify_keys]
    foreign = [name for name, wanted in needed.items() if set(wanted) - set(there.get(name, ()))]
    if foreign:
        raise Conflict("restore_keys_foreign", files=", ".join(sorted(foreign)))


def require_opening(keys: KeyFiles, wrapped: Iterable[Any]) -> int:
    """How many of the vault's keys there are; all open. Raises Conflict when one does not."""
    count = 0
    for row in wrapped:
        try:
            unwrap(keys, row)
        except (ConfigurationError, InvalidTag) as error:
            raise Conflict("restore_keys_foreign", files=VAULT_FILE) from error
        count += 1
    return count


def require_apart(backup: Path, keys: Path) -> None:
    """Raises Conflict where one of the two folders would lie in the other."""
    database, other = backup.resolve(), keys.resolve()
    if database == other or database in other.parents or other in database.parents:
        raise Conflict("backup_keys_together", folder=keys)


def copy_keys(secrets_dir: Path, settings: Iterable[Path], target: Path) -> list[str]:
    """Copy the key files and the settings into `target`, which must not be there yet; the names.

    They stand there whole or not at all. Raises as `read_keys` does for keys that are not whole.
    """
    read_keys(secrets_dir)
    partial = begin_folder(target)
    try:
        copied = [*_copy(_plain_files(secrets_dir), partial, SECRETS)]
        copied += _copy(settings, partial, SETTINGS)
        files = {name: stored_file(partial / name) for name in copied}
        _write(partial / LIST, msgspec.json.encode(KeyList(files=files)))
        finish_folder(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return sorted(copied)


def keys_to_put_back(source: Path, secrets_dir: Path) -> list[str]:
    """The key files of the folder `source` that are wanting where the processes look for them.
    Raises Conflict for a folder that is not as it was written, and where another key stands:
    nothing is ever written over. Changes nothing.
    """
    try:
        listed = msgspec.json.decode((source / LIST).read_bytes(), type=KeyList)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("backup_not_whole", folder=source, file=LIST) from error
    except msgspec.DecodeError as error:
        raise Conflict("backup_manifest_broken", file=LIST) from error
    require_intact(source, listed.files)
    others = keys_in_the_way(source, secrets_dir)
    if others:
        raise Conflict("restore_keys_in_the_way", files=", ".join(others))
    names = [Path(name).name for name in listed.files if Path(name).parent.name == SECRETS]
    return sorted(name for name in names if not (secrets_dir / name).exists())


def keys_in_the_way(source: Path, secrets_dir: Path) -> list[str]:
    """The key files that are where the processes look for them, and hold something else than in the
    folder `source`.
    """
    copies = [path for path in (source / SECRETS).iterdir() if (secrets_dir / path.name).exists()]
    return sorted(
        path.name for path in copies if path.read_bytes() != (secrets_dir / path.name).read_bytes()
    )


def put_keys_back(source: Path, secrets_dir: Path, names: Iterable[str]) -> None:
    """Copy these key files of the folder `source` to where the processes look for them."""
    secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = secrets_dir.parent.stat()
    _give(secrets_dir, owner)
    for name in names:
        _write(secrets_dir / name, (source / SECRETS / name).read_bytes())
        _give(secrets_dir / name, owner)


def begin_folder(target: Path) -> Path:
    """A folder beside `target`, for its owner alone, that becomes it when it is whole. Nobody else
    writes into it: who makes the same backup at the same time has another.
    """
    if target.exists():
        raise Conflict("backup_folder_there", folder=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))


def finish_folder(partial: Path, target: Path) -> None:
    """Give the whole folder its name, and see that to the disk. Raises Conflict where another was
    quicker.
    """
    _sync(partial)
    try:
        partial.rename(target)
    except (FileExistsError, NotADirectoryError) as error:
        raise Conflict("backup_folder_there", folder=target) from error
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        raise Conflict("backup_folder_there", folder=target) from error
    _sync(target.parent)


def _plain_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".new")


def _copy(files: Iterable[Path], folder: Path, name: str) -> list[str]:
    copied = []
    (folder / name).mkdir(mode=0o700)
    for file in files:
        _write(folder / name / file.name, file.read_bytes())
        copied.append(f"{name}/{file.name}")
    return copied


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _give(path: Path, owner: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
