"""PostgreSQL's own programs, of a version that understands the server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from asm.errors import Conflict

_FOLDERS = ("usr/lib/postgresql/{major}/bin", "usr/pgsql-{major}/bin")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find_program(name: str, *, major: int, at_most: int | None = None) -> Path:
    """The program called `name`, of the server's `major` or newer (and `at_most`, for what an older
    server must still understand). Raises Conflict with what to install.
    """
    versions = []
    for path in _candidates(name, major):
        version = _version(path)
        if version is not None:
            versions.append(version)
            if major <= version <= (at_most or version):
                return path
    if versions:
        raise Conflict("backup_program_old", program=name, found=max(versions), needed=major)
    raise Conflict("backup_program_missing", program=name, needed=major)


def _candidates(name: str, major: int) -> list[Path]:
    named = os.environ.get("ASM_PG_BINDIR", "")
    if named:
        return [Path(named) / name]
    paths = [Path("/") / folder.format(major=major) / name for folder in _FOLDERS]
    on_path = shutil.which(name)
    return [*paths, Path(on_path)] if on_path else paths


def _version(path: Path) -> int | None:
    if not os.access(path, os.X_OK):
        return None
    answer = subprocess.run(  # noqa: S603 -- a program of PostgreSQL's, asked who it is
        [str(path), "--version"], capture_output=True, text=True, check=False
    )
    match = _VERSION.search(answer.stdout)
    return int(match[1]) if match else None
