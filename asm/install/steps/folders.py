"""Where everything of an installation lies, and who owns it."""

import errno
import fcntl
import grp
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from asm.errors import Conflict

SYSTEM_USER: Final = "asm"
_OF_THE_SYSTEM: Final = 0o755
#: The least that each reads: the web process and the worker one file each, whoever runs `asm` all.
WEB: Final = "web.env"
WORKER: Final = "worker.env"
OPERATOR: Final = "operator.env"


class Folders(msgspec.Struct, frozen=True, kw_only=True):
    """Folders below `root`. `system`: this is the machine itself, and we are root on it; else
    everything belongs to whoever installs, and nothing outside of the folders is touched.
    """

    root: Path
    settings: Path
    data: Path
    system: bool

    @property
    def secrets(self) -> Path:
        """The folder of the key files."""
        return self.data / "secrets"

    @property
    def redis_settings(self) -> Path:
        """What the Redis-compatible server of this installation reads."""
        return self.settings / "redis.conf"

    @property
    def unstarted(self) -> Path:
        """Which files were written since the processes were started, one path a line. A run that is
        stopped leaves it to the next.
        """
        return self.settings / ".unstarted"

    def env_file(self, name: str) -> Path:
        """WEB, WORKER or OPERATOR."""
        return self.settings / name


def folders(root: Path | None = None, settings_dir: Path | None = None) -> Folders:
    """Debian's places, below `root` where there is one; settings in `settings_dir` if given."""
    above = Path("/") if root is None else root.absolute()
    return Folders(
        root=above,
        settings=settings_dir.absolute() if settings_dir else above / "etc/asm",
        data=above / "var/lib/asm",
        system=root is None and os.geteuid() == 0,
    )


@contextmanager
def alone(where: Folders) -> Iterator[None]:
    """While nobody else installs there. Raises Conflict where somebody does."""
    where.settings.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle = os.open(where.settings, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict("install_runs_already", folder=where.settings) from error
    else:
        yield
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """One of the system's, with those above it: whoever installs, all may read them. Raises
    Conflict.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir()
        folder.chmod(_OF_THE_SYSTEM)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Conflict("install_file_unwritable", file=folder, reason=reason) from error


def note_unstarted(path: Path, where: Folders) -> None:
    """Before a file is written: what runs does not know of it until it is started again."""
    with where.unstarted.open("a", encoding="utf-8") as noted:
        noted.write(f"{path}\n")


def give(path: Path, where: Folders, *, mode: int, to_program: bool = False) -> None:
    """Set mode and owner: root with the program's group, or the program itself. Raises Conflict for
    a link in the program's own folder: it would be the program that says what root gives away.
    """
    own = where.data in path.parents
    try:
        handle = os.open(path, os.O_RDONLY | (os.O_NOFOLLOW if own else 0))
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise Conflict("install_path_is_link", path=str(path)) from error
    try:
        os.fchmod(handle, mode)
        if where.system:
            user = pwd.getpwnam(SYSTEM_USER).pw_uid if to_program else 0
            os.fchown(handle, user, grp.getgrnam(SYSTEM_USER).gr_gid)
    finally:
        os.close(handle)


def is_given(path: Path, where: Folders, *, mode: int, to_program: bool = False) -> bool:
    """Whether it is there with that mode and owner."""
    if not path.exists() or (path.is_symlink() and where.data in path.parents):
        return False
    there = path.stat()
    right = there.st_mode & 0o777 == mode
    if not where.system:
        return right
    user = pwd.getpwnam(SYSTEM_USER).pw_uid if to_program else 0
    return right and (there.st_uid, there.st_gid) == (user, grp.getgrnam(SYSTEM_USER).gr_gid)
