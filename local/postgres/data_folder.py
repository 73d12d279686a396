"""Where the private database keeps its data."""

import hashlib
import itertools
import os
from pathlib import Path

from asm.errors import ConfigurationError
from local.machine.os_user import OsUser, can_enter, give

SYSTEM_PARENT = Path("/var/lib")


def provide_data_folder(
    wanted: Path, user: OsUser | None, *, fallback_parent: Path = SYSTEM_PARENT
) -> Path:
    """Make the folder `wanted` for `user` and return where it really is.

    A clone may lie below a folder that only root may enter (/root is 0700), where the database's
    user cannot go. Opening such a folder to others is not ours to do, so the data then goes to
    `fallback_parent`/asm-<hash of the path> and `wanted` becomes a link to it.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if wanted.is_symlink():
        return _adopt(wanted.readlink(), user)
    if wanted.exists() or can_enter(user, wanted.parent):
        if not can_enter(user, wanted.parent):
            raise ConfigurationError(
                f"{wanted} is not reachable for the user {user.name if user else os.getuid()}: "
                f"move the project, or open the folders above it with `chmod o+x`"
            )
        return _adopt(wanted, user)
    name = "asm-" + hashlib.sha256(os.fsencode(wanted.absolute())).hexdigest()[:12]
    real = _make_new(fallback_parent / name, user)
    wanted.symlink_to(real)
    return real


def _make_new(folder: Path, user: OsUser | None) -> Path:
    """Make `folder`, or `folder`-2 and so on where one is there already.

    What lies there belongs to an earlier clone at the same path: its passwords and keys went with
    that clone, so it cannot be used, and it is not ours to remove.
    """
    for number in itertools.count(1):
        candidate = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            candidate.mkdir(mode=0o700)
        except FileExistsError:
            continue
        give(candidate, user)
        return candidate
    raise AssertionError  # count() does not end


def _adopt(folder: Path, user: OsUser | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    give(folder, user)
    return folder
