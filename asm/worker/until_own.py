"""The worker begins only with a database that it can work with, and its keys."""

from pathlib import Path
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.fit import require_fit
from asm.install.belonging.require_own import require_own


class Pausing(Protocol):
    """What of the worker's wake signal is needed here."""

    @property
    def stopping(self) -> bool:
        """The work is to end."""

    async def pause(self, seconds: float) -> None:
        """Wait, not longer than that."""


async def until_own(
    engine: AsyncEngine, folder: Path, wake_signal: Pausing, *, every: float
) -> bool:
    """Wait until the database has said that these key files are its own: with others nothing that
    it holds opens, and what is to be sent would be given up as failed. Whether it was away
    meanwhile. Raises Misconfigured when they are not, or the schema is another's.
    """
    unreachable = False
    while not (wake_signal.stopping or await _is_own(engine, folder)):
        unreachable = True
        await wake_signal.pause(every)
    return unreachable


async def _is_own(engine: AsyncEngine, folder: Path) -> bool:
    return await require_fit(engine) and await require_own(engine, folder)
