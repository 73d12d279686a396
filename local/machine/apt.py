"""Installing Debian packages, with sudo where we are not root."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from asm.errors import ConfigurationError


def privilege() -> list[str] | None:
    """What to put before a command that needs root; None when packages cannot be installed."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    # Without a terminal nobody can type a password, so sudo must fail rather than wait.
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]


def newest_package(pattern: str) -> str | None:
    """The known package whose name matches `pattern` with the highest number in its first group."""
    answer = subprocess.run(
        ["apt-cache", "--names-only", "search", pattern],
        capture_output=True,
        text=True,
        check=False,
    )
    names = [line.split(" ")[0] for line in answer.stdout.splitlines()]
    numbered = [(int(match[1]), name) for name in names if (match := re.match(pattern, name))]
    return max(numbered, default=(0, None))[1]


def update(log: Path) -> None:
    """Refresh the lists of packages."""
    _apt_get(["update"], log)


def install(packages: Sequence[str], log: Path) -> None:
    """Install `packages`; refreshes old lists once. ConfigurationError tells where the log is."""
    try:
        _apt_get(["install", "--yes", "--no-install-recommends", *packages], log)
    except ConfigurationError:
        update(log)
        _apt_get(["install", "--yes", "--no-install-recommends", *packages], log)


def unpack(package: str, folder: Path, log: Path) -> None:
    """Take what is in `package` into `folder` without installing it, so nothing of it is started.
    ConfigurationError tells where the log is; needs no rights but for refreshing old lists.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ConfigurationError(f"{package} is needed, and there is no apt-get: install it")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run(["apt-get", "-q", "download", package], log, folder)
    except ConfigurationError:
        update(log)
        _run(["apt-get", "-q", "download", package], log, folder)
    for archive in folder.glob(f"{package}_*.deb"):
        _run(["dpkg-deb", "--extract", str(archive), str(folder)], log, folder)
        archive.unlink()


def write_system_file(path: Path, text: str) -> None:
    """Write a file that only root may write."""
    folder = str(path.parent)
    subprocess.run([*(privilege() or []), "mkdir", "-p", folder], check=True)
    subprocess.run(
        [*(privilege() or []), "tee", str(path)],
        input=text.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


def remove_system_file(path: Path) -> None:
    subprocess.run([*(privilege() or []), "rm", "-f", str(path)], check=True)


def _apt_get(arguments: Sequence[str], log: Path) -> None:
    before = privilege()
    if before is None:
        raise ConfigurationError("packages cannot be installed here: no apt-get, or no sudo")
    command = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    # Another package run (unattended upgrades) may hold the lock for a while.
    command += ["-q", "-o", "DPkg::Lock::Timeout=180", *arguments]
    _run(command, log, Path.cwd())


def _run(command: Sequence[str], log: Path, folder: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, check=False
        )
    if done.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        what = " ".join(word for word in command if not word.startswith(("-", "DEBIAN", "DPkg")))
        raise ConfigurationError(f"`{what}` failed ({log}):\n" + "\n".join(tail))
