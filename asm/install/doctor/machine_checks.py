"""The machine: room on its disks, and whether its clock is that of the others."""

import shutil
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from asm.install.doctor.context import (
    ADMIN,
    API,
    CONNECT_S,
    DoctorContext,
    NotReachedError,
)
from asm.install.doctor.finding import Finding, fine, first_of, warning, wrong

#: Below it, a day of declaring may fill the disk.
_COMFORTABLE: Final = 5
#: Where Debian's packages keep databases, and what may be mounted below.
_DATABASE_FOLDERS: Final = (Path("/var/lib/postgresql"),)
_MOUNTS: Final = Path("/proc/self/mounts")
#: A server says it to superusers alone.
_DATA_FOLDER: Final = text("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
_HERE: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
#: Lateness is counted in hours, and codes of sign-ins live for minutes.
_WRONG_S: Final = 60.0
_NOTABLE_S: Final = 5.0
_NOW: Final = text("SELECT extract(epoch FROM clock_timestamp())::float8")


async def look_at_data_disk(context: DoctorContext) -> list[Finding]:
    """The folder of the installation is there, and its disk has room."""
    check = "machine.disk"
    settings = context.settings
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        return [wrong(check, "missing")]
    return first_of(check, _of_room(check, free, settings.minimum_free_bytes))


async def look_at_database_disk(context: DoctorContext) -> list[Finding]:
    """The database's disk has room, where it is this machine's."""
    check = "machine.database_disk"
    address = context.address(ADMIN) or context.address(API)
    if (urlsplit(address).hostname or "") not in _HERE:
        return [fine(check)]
    free = []
    for folder in await _database_folders(context):
        with suppress(OSError):
            free.append(shutil.disk_usage(folder).free)
    if not free:
        return [warning(check, "unseen")]
    return first_of(check, _of_room(check, min(free), context.settings.minimum_free_bytes))


async def _database_folders(context: DoctorContext) -> list[Path]:
    """Also of a server that is away: a full disk may be the reason."""
    with suppress(NotReachedError):
        async with context.connection() as connection:
            said = (await connection.execute(_DATA_FOLDER)).scalars().all()
        if said:
            return [Path(each) for each in said]
    mounted = _MOUNTS.read_text(encoding="utf-8", errors="replace") if _MOUNTS.exists() else ""
    below = [each for folder in _DATABASE_FOLDERS for each in mounts_below(folder, mounted)]
    return [*_DATABASE_FOLDERS, *below]


def mounts_below(folder: Path, mounts: str) -> list[Path]:
    """Disks of their own below `folder`, in the words of /proc/self/mounts."""
    paths = (line.split()[1].replace("\\040", " ") for line in mounts.splitlines() if " " in line)
    return [path for path in map(Path, paths) if folder in path.parents]


def _of_room(check: str, free: int, minimum: int) -> Finding | None:
    megabytes = free // 2**20
    if free < minimum:
        return wrong(check, "full", free=megabytes, needed=minimum // 2**20)
    if free < minimum * _COMFORTABLE:
        return warning(check, "low", free=megabytes)
    return None


async def look_at_clock(context: DoctorContext) -> list[Finding]:
    """It has one time with the database's machine and that of the Redis-compatible server."""
    async with context.connection() as connection:
        before = context.clock()
        database = (await connection.execute(_NOW)).scalar_one()
        database_off = database - (before + context.clock()) / 2
    return [clock_finding(database_off, await _redis_is_off(context))]


def clock_finding(database_off: float, redis_off: float | None) -> Finding:
    """Which of three clocks stands alone. Seconds by which the database's and that of the
    Redis-compatible server are ahead of this machine's; None where the latter does not answer.
    """
    check = "machine.clock"
    if abs(database_off) < _NOTABLE_S:
        if redis_off is not None and abs(redis_off) >= _WRONG_S:
            return warning(check, "redis", seconds=f"{round(redis_off):+d}")
        return fine(check)
    seconds = f"{round(database_off):+d}"
    if abs(database_off) < _WRONG_S:
        return warning(check, "drifts", seconds=seconds)
    if redis_off is None:
        return wrong(check, "differs", seconds=seconds)
    if abs(redis_off) < _NOTABLE_S:
        return wrong(check, "database", seconds=seconds)
    # The two that agree are likelier to be right.
    agree = abs(database_off - redis_off) < _NOTABLE_S
    return wrong(check, "this_machine" if agree else "differs", seconds=seconds)


async def _redis_is_off(context: DoctorContext) -> float | None:
    """Seconds by which the Redis-compatible server is ahead of this machine, if it is another."""
    url = context.settings.redis_url
    try:
        redis: Any = Redis.from_url(url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S)
        async with aclosing(redis):
            seconds, micros = await redis.time()
    except (RedisError, OSError, TimeoutError, ValueError):
        return None
    return float(seconds + micros / 1e6 - context.clock())


async def look_at_time_service(context: DoctorContext) -> list[Finding]:
    """Something keeps this machine's clock right."""
    check = "machine.time_service"
    if context.clock_is_kept():
        return [fine(check)]
    return [warning(check, "not_kept")]
