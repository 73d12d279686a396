"""A file on its way to a reader: held open, few at once, and given up where nobody reads on.

Such a file has no name any more, so the disk has its room back as soon as it is closed: when it was
sent, when the reader has gone, before the first piece too, and when nobody took a piece for long.
"""

import asyncio
import os
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from typing import IO, Any, Final
from uuid import UUID

import structlog
from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from asm.errors import TooMany
from asm.headers import Header

#: Files under way of one account in a process, and of all.
MOST_OF_ACCOUNT: Final = 3
MOST_UNDER_WAY: Final = 24
#: A reader that takes no further piece for so long has gone, or holds the disk to no purpose.
PATIENCE_S: Final = 120.0
_BUSY_S: Final = 30
_PIECE: Final = 1 << 18
_under_way: Counter[UUID] = Counter()
log = structlog.get_logger()


class Slot:
    """Room for one file of an account, from before it is written until it was sent. Raises TooMany
    `downloads_open` or `exports_busy` when there is none.
    """

    def __init__(self, account_id: UUID) -> None:
        if _under_way[account_id] >= MOST_OF_ACCOUNT:
            raise TooMany("downloads_open", retry_after_s=_BUSY_S, most=MOST_OF_ACCOUNT)
        if _under_way.total() >= MOST_UNDER_WAY:
            raise TooMany("exports_busy", retry_after_s=_BUSY_S, seconds=_BUSY_S)
        _under_way[account_id] += 1
        # Also when no answer came of it: then nobody gives it back.
        self.free = weakref.finalize(self, _free, account_id)


class _HeldFile:
    """An open file and its slot, until it is closed."""

    def __init__(self, file: IO[bytes], slot: Slot) -> None:
        self.size = os.fstat(file.fileno()).st_size
        self._file = file
        self._slot = slot
        self._left: asyncio.TimerHandle | None = None
        self._end = weakref.finalize(self, file.close)

    def close(self) -> None:
        """Once or often."""
        if self._left is not None:
            self._left.cancel()
        self._end()
        self._slot.free()

    def give_up(self) -> None:
        """Nobody reads on."""
        log.warning("download_given_up", size=self.size)
        self.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What is left of it. Cut short when it was given up: its length was said, so what comes
        then does not look whole.
        """
        loop = asyncio.get_running_loop()
        try:
            while not self._file.closed:
                piece = await asyncio.to_thread(self._file.read, _PIECE)
                if not piece:
                    break
                self._left = loop.call_later(PATIENCE_S, self.give_up)
                yield piece
                self._left.cancel()
        finally:
            self.close()


def send_file(file: IO[bytes], slot: Slot, name: str, media_type: str) -> Response[Any]:
    """An answer that reads `file` piece by piece, closes it and frees `slot`."""
    held = _HeldFile(file, slot)
    return Stream(
        held.pieces(),
        # A reader who goes while a piece waits leaves the pieces where they are.
        background=BackgroundTask(held.close),
        media_type=media_type,
        headers={
            Header.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            Header.CONTENT_LENGTH: str(held.size),
        },
    )


def _free(account_id: UUID) -> None:
    _under_way[account_id] -= 1
    if _under_way[account_id] <= 0:
        del _under_way[account_id]
