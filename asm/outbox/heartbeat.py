"""The worker's sign of life, on the database clock."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction

_BEAT = text(
    "INSERT INTO worker_heartbeat (name, at) VALUES (:name, clock_timestamp()) "
    "ON CONFLICT (name) DO UPDATE SET at = excluded.at"
)
# A worker that was killed leaves its row behind.
_FORGET_OLD = text("DELETE FROM worker_heartbeat WHERE at < clock_timestamp() - interval '1 hour'")
_FORGET = text("DELETE FROM worker_heartbeat WHERE name = :name")


async def beat(engine: AsyncEngine, name: str) -> None:
    """Say that the worker `name` (host and process id) is at work."""
    async with one_transaction(engine) as session:
        await session.execute(_BEAT, {"name": name})
        await session.execute(_FORGET_OLD)


async def sign_off(engine: AsyncEngine, name: str) -> None:
    """Say that the worker `name` has ended."""
    async with one_transaction(engine) as session:
        await session.execute(_FORGET, {"name": name})
