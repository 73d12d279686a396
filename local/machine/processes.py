"""Starting and stopping the processes of a local installation, and only those.

A process is known by its id and its start time: after a crash or a reboot the same id may belong
to somebody else's program, which must never be signalled.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from asm.errors import ConfigurationError
from local.machine.interrupts import uninterrupted
from local.machine.os_user import OsUser

# Start times are derived from the boot time, which a clock correction can move a little.
START_TIME_TOLERANCE_S = 2.0
POLL_INTERVAL_S = 0.02
COLLECT_WITHIN_S = 10.0
LOG_LIMIT_BYTES = 10 * 1024 * 1024

# Only the parent can collect a child's exit, so children of this process are kept until stopped.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Started:
    """A process that was started here; `started_at` is its start in seconds since 1970."""

    name: str
    pid: int
    started_at: float


def spawn(
    name: str,
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: OsUser | None = None,
    stdin: bytes = b"",
) -> Started:
    """Start `argv` in a session of its own, so that Ctrl-C reaches it only through `stop`.

    Both outputs are appended to `log`, which is made readable to its owner only.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600, exist_ok=True)
    with log.open("ab") as output, uninterrupted():
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            # The database's user may not be able to enter the folder that we stand in.
            cwd="/" if user else None,
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        _children[child.pid] = child
    if child.stdin is not None:
        child.stdin.write(stdin)
        child.stdin.close()
    return identify(name, child.pid)


def identify(name: str, pid: int) -> Started:
    """Pin down the process that has `pid` at this moment."""
    try:
        return Started(name, pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return Started(name, pid, 0.0)


def is_running(process: Started) -> bool:
    """Whether this very process, not a later one with the same id, is still at work."""
    return _find(process) is not None


def stop(
    process: Started,
    *,
    first: signal.Signals = signal.SIGTERM,
    last: signal.Signals = signal.SIGKILL,
    grace_s: float = 12.0,
) -> bool:
    """Ask the process to end, insist after `grace_s` seconds; False when it was not running."""
    running = _find(process)
    if running is None:
        return False
    for request in (first, last):
        try:
            # psutil checks once more that the id was not reused before it sends the signal.
            running.send_signal(request)
        except psutil.NoSuchProcess:
            break
        if _ended_within(process, grace_s):
            break
    _collect(process.pid)
    return True


def release(process: Started) -> "subprocess.Popen[bytes] | None":
    """Take a child out of the care of `stop_children`; the caller stops and collects it."""
    return _children.pop(process.pid, None)


def stop_children() -> None:
    """Stop every child that `spawn` made and nobody has stopped yet.

    For the moment between the start of a process and the note of it, which Ctrl-C can hit.
    """
    for child in list(_children.values()):
        stop(identify("child", child.pid))


def wait_until(
    ready: Callable[[], bool], process: Started, *, timeout_s: float, log: Path, what: str
) -> None:
    """Wait for `ready`; ConfigurationError with the end of `log` if the process ends or is late."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if not is_running(process):
            raise ConfigurationError(f"{what} stopped while starting. {_tail(log)}")
        if time.monotonic() > deadline:
            raise ConfigurationError(f"{what} was not ready in {timeout_s:.0f} s. {_tail(log)}")
        time.sleep(POLL_INTERVAL_S)


def listens(process: Started, port: int) -> bool:
    """Whether it is this process, or one that it started, that answers on `port`."""
    ours = _find(process)
    try:
        family = [] if ours is None else [ours, *ours.children(recursive=True)]
        return any(
            each.status == psutil.CONN_LISTEN and each.laddr.port == port
            for member in family
            for each in member.net_connections("tcp")
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def processes_inside(folder: Path) -> list[psutil.Process]:
    """The processes whose working folder is `folder`; a PostgreSQL server stands in its data."""
    working_folder = str(folder.resolve())
    inside = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == working_folder:
                inside.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue  # gone by now, or of another user and so not ours
    return inside


def _find(process: Started) -> psutil.Process | None:
    _reap(process.pid)
    try:
        candidate = psutil.Process(process.pid)
        same = abs(candidate.create_time() - process.started_at) < START_TIME_TOLERANCE_S
        return candidate if same and candidate.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _ended_within(process: Started, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True


def _reap(pid: int) -> None:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]


def _collect(pid: int) -> None:
    """Take the exit of a child that has ended. Of a killed process with several threads the first
    may be gone a moment before the others: only then can it be collected.
    """
    child = _children.get(pid)
    if child is not None:
        child.wait(COLLECT_WITHIN_S)
        del _children[pid]


def _tail(log: Path, lines: int = 15) -> str:
    if not log.exists():
        return f"It left no log at {log}."
    text = log.read_text(encoding="utf-8", errors="replace")
    return f"The end of {log}:\n" + "\n".join(text.splitlines()[-lines:])
