"""The folder in which the web processes of one start keep their figures together.

It bears the name of the process that started them and of the moment at which that began, so that
they find it without being told, and none finds one of an earlier start; and what a key of theirs
makes of both, so that nobody else on the machine can be there before them. It lies in memory where
the system has such a place: a full disk must not end a process that writes to a mapped file.
"""

import fcntl
import hashlib
import hmac
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import structlog

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- the system's own place; the folder in it is ours
#: A folder of the service's own in memory (systemd's RuntimeDirectory=), which others cannot fill.
_OWN: Final = "RUNTIME_DIRECTORY"
#: In /proc/PID/stat, after the name of the program.
_STARTED: Final = 19
_PURPOSE: Final = b"asm folder of figures\x1f"
#: Never closed: the locks on them end with the process.
_HELD: Final[list[int]] = []
_AS_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
log = structlog.get_logger("asm.metrics")


def shared_folder(key: bytes) -> Path | None:
    """Make the folder, or find it; those of starts that are over are removed. None, which is
    logged, where it cannot be had: figures are no reason to take no declarations. `key` is the
    siblings' own; it cannot be read from the name.
    """
    parent = _parent()
    ours = f"asm-figures-{os.getuid()}-"
    life = _life_of(os.getppid())
    proof = hmac.digest(key, _PURPOSE + life.encode(), hashlib.sha256).hex()[:32]
    folder = parent / f"{ours}{life}-{proof}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _hold(folder)
    except OSError as error:
        log.warning("figures_not_shared", error=type(error).__name__)
        return None
    for other in parent.glob(f"{ours}*"):
        if other != folder and _is_over(other.name.removeprefix(ours)) and _is_left(other):
            shutil.rmtree(other, ignore_errors=True)  # a sibling may be at it too
    return folder


def _hold(folder: Path) -> None:
    """For as long as this process lives: where it has another number, as in a container, others see
    it by that. Raises OSError for what is no folder of ours.
    """
    handle = os.open(folder, _AS_FOLDER)
    if os.fstat(handle).st_uid != os.getuid():
        os.close(handle)
        raise PermissionError
    fcntl.flock(handle, fcntl.LOCK_SH)
    _HELD.append(handle)


def _is_over(name: str) -> bool:
    """Whether that start is. In another version of this program the name may end otherwise."""
    pid, _, rest = name.partition("-")
    return pid.isdecimal() and _life_of(int(pid)) != f"{pid}-{rest.partition('-')[0]}"


def _is_left(folder: Path) -> bool:
    """Whether no living process holds it."""
    try:
        handle = os.open(folder, _AS_FOLDER)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _parent() -> Path:
    own = os.environ.get(_OWN, "").partition(":")[0]
    wanted = [Path(own)] if own else []
    for folder in (*wanted, _IN_MEMORY):
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return Path(tempfile.gettempdir())


def _life_of(pid: int) -> str:
    """The process and when it started, in ticks since the machine did."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{pid}-ended"
    return f"{pid}-{line.rpartition(')')[2].split()[_STARTED]}"
