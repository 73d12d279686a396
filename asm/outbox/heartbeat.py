"""The worker's sign of life, on the database clock."""

import socket
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction

#: A sign of life is given every five seconds.
WORKER_SILENT_S: Final = 30.0
_BEAT = text(
    "INSERT INTO worker_heartbeat (name, at) VALUES (:name, clock_timestamp()) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at"
)
# A worker that was killed leaves its row behind.
_FORGET_OLD = text("DELETE FROM worker_heartbeat WHERE at < clock_timestamp() - interval '1 hour'")
_NEWEST = text(
    "SELECT name, extract(epoch FROM clock_timestamp() - at)::float8 AS silent_s "
    "FROM worker_heartbeat WHERE name = :name OR (:any AND starts_with(name, :machine)) "
    "ORDER BY at DESC LIMIT 1"
)
_FORGET = text("DELETE FROM worker_heartbeat WHERE name = :name")


class SignOfLife(msgspec.Struct, frozen=True):
    """The worker that gave it, and how many seconds ago."""

    name: str
    silent_s: float

    @property
    def lives(self) -> bool:
        """Whether it is young enough."""
        return self.silent_s <= WORKER_SILENT_S


def worker_name(pid: int) -> str:
    """What the worker with this process id is called on this machine."""
    return f"{socket.gethostname()}:{pid}"


async def newest_sign(engine: AsyncEngine, pid: int | None = None) -> SignOfLife | None:
    """The newest one of this machine's workers, or of the one with this process id."""
    names = {"name": worker_name(pid or 0), "any": pid is None, "machine": worker_name(0)[:-1]}
    async with one_transaction(engine) as session:
        row = (await session.execute(_NEWEST, names)).first()
    return None if row is None else SignOfLife(row.name, max(0.0, row.silent_s))


async def beat(engine: AsyncEngine, name: str) -> None:
    """Say that the worker `name` (`worker_name`) is at work."""
    async with one_transaction(engine) as session:
        await session.execute(_BEAT, {"name": name})
        await session.execute(_FORGET_OLD)


async def sign_off(engine: AsyncEngine, name: str) -> None:
    """Say that the worker `name` has ended."""
    async with one_transaction(engine) as session:
        await session.execute(_FORGET, {"name": name})
