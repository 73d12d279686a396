"""The unprivileged user that runs the private database when we are root.

PostgreSQL refuses to run as root, and rightly so.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from asm.errors import ConfigurationError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class OsUser:
    name: str
    uid: int
    gid: int


def service_user() -> OsUser | None:
    """The user to run services as, or None when we are already an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        f"PostgreSQL does not run as root and this machine has none of the users "
        f"{', '.join(CANDIDATES)}: create one with `useradd --system postgres`"
    )


def can_enter(user: OsUser | None, folder: Path) -> bool:
    """Whether `user` may pass through `folder` and all above it (asked of the kernel)."""
    if user is None:
        return os.access(folder, os.X_OK)
    answer = subprocess.run(
        ["test", "-x", str(folder)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def give(folder: Path, user: OsUser | None) -> None:
    """Make `folder` the user's own and closed to others."""
    folder.chmod(0o700)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
