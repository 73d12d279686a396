"""Tell open pages how many messages wait, without a database connection for each of them.

One look for all open pages of the process, every few seconds, as long as there is one. It asks for
their sign-ins, too: the page of one that has ended hears nothing more.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.sessions import open_sessions
from asm.notify.channels.inbox.read_inbox import unread_of

LOOK_EVERY_S: Final = 2.0
#: A stream ends after this and the browser comes back.
STREAM_S: Final = 60.0
#: The database is away or restarting: the next look tries again.
_DATABASE_UNAVAILABLE: Final = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
log = structlog.get_logger()


class InboxWatch:
    """The open pages of one process. `close` lets all streams end."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        #: By account; of each page the hash of the session that opened it.
        self._pages: dict[UUID, dict[asyncio.Queue[int | None], bytes]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._ended = False

    async def stream(
        self, account_id: UUID, opened_by: bytes, seconds: float = STREAM_S
    ) -> AsyncIterator[int]:
        """The number of unread messages at first and whenever it changes, for `seconds` or until
        the session with the hash `opened_by` has ended, which is looked at every LOOK_EVERY_S.
        """
        page: asyncio.Queue[int | None] = asyncio.Queue()
        self._pages.setdefault(account_id, {})[page] = opened_by
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        last: int | None = None
        try:
            async with asyncio.timeout(seconds):
                while not self._ended and (count := await page.get()) is not None:
                    if count != last:
                        last = count
                        yield count
        except TimeoutError:
            return
        finally:
            self._leave(account_id, page)

    def end_streams(self) -> None:
        """Let every stream end now: a server that stops waits for open answers."""
        self._ended = True
        for pages in self._pages.values():
            for page in pages:
                page.put_nowait(None)

    async def close(self) -> None:
        """End the streams and the looking."""
        self.end_streams()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _leave(self, account_id: UUID, page: asyncio.Queue[int | None]) -> None:
        pages = self._pages[account_id]
        pages.pop(page, None)
        if not pages:
            del self._pages[account_id]

    async def _end_signed_out(self, session: AsyncSession) -> None:
        opened = [(page, by) for pages in self._pages.values() for page, by in pages.items()]
        open_still = await open_sessions(session, {by for _, by in opened})
        for page, by in opened:
            if by not in open_still:
                page.put_nowait(None)

    async def _look(self) -> None:
        while self._pages:
            try:
                async with self._sessions() as session:
                    await self._end_signed_out(session)
                    counted = await unread_of(session, list(self._pages))
            except _DATABASE_UNAVAILABLE as error:
                log.warning("inbox_watch_failed", error=type(error).__name__)
            else:
                for account_id, count in counted.items():
                    for page in self._pages.get(account_id, ()):
                        page.put_nowait(count)
            await asyncio.sleep(LOOK_EVERY_S)
