"""Write down that a full queue refused declarations, for the worker to make an incident of it.

A web process knows alone what it refused. It writes from when to when, at most every few seconds,
and nothing of whom; while the database is away it keeps it in mind.
"""

import asyncio
import os
import socket
import time
from typing import Final

import structlog
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.db.error_kinds import DATABASE_ERRORS
from asm.stays.model import intake_refusal
from asm.stays.receipts.not_taken import Clock

WRITE_EVERY_S: Final = 5.0
log = structlog.get_logger()


class Refusals:
    """One for each process; `start` and `close` frame its life. `clock` reads the database's."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._process = f"{socket.gethostname()}:{os.getpid()}"
        self._moments: list[float] = []
        self._refused = 0
        self._noted = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    def note(self) -> None:
        """A declaration was refused just now because there was no room for anybody."""
        self._keep([time.monotonic()], 1)

    def start(self) -> None:
        """Begin to write."""
        self._writing = asyncio.create_task(self._write_on())

    async def close(self) -> None:
        """Write what is left, and end."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    async def write(self) -> None:
        """Write what was refused since the last time; it is kept in mind when that fails."""
        moments, refused = self._moments, self._refused
        if not moments:
            return
        self._moments, self._refused = [], 0
        self._noted.clear()
        row = {
            "process": self._process,
            "first_at": self._clock.at(moments[0]),
            "last_at": self._clock.at(moments[-1]),
            "refused": refused,
        }
        try:
            async with self._sessions.begin() as session:
                await session.execute(insert(intake_refusal).values(row))
        except DATABASE_ERRORS as error:
            log.warning("refusals_not_written", error=type(error).__name__, refused=refused)
            self._keep(moments, refused)

    def _keep(self, moments: list[float], refused: int) -> None:
        """The first and the last moment matter."""
        every = sorted([*self._moments, *moments])
        self._moments = [every[0], every[-1]]
        self._refused += refused
        self._noted.set()

    async def _write_on(self) -> None:
        while True:
            await self._noted.wait()
            await asyncio.sleep(WRITE_EVERY_S)
            await self.write()
