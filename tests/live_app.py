"""The application, started inside the tests' own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar


@asynccontextmanager
async def started(application: Litestar) -> AsyncIterator[Litestar]:
    """It lives in one task of its own: what a task opens, it closes, and pytest sets up and tears
    down in different ones.
    """
    ready, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            ready.set()
            await ended.wait()

    life = asyncio.create_task(live())
    starting = asyncio.create_task(ready.wait())
    await asyncio.wait({life, starting}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        await life
    try:
        yield application
    finally:
        ended.set()
        await life
