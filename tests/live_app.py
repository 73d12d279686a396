"""The application, started inside the tests' own process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from litestar import Litestar

from asm.app import create_app
from asm.logs import set_up_logs
from asm.settings import Settings


@lru_cache(maxsize=6)
def _registered(settings: Settings, timer: Callable[[], float], number: int) -> Litestar:
    return create_app(settings, timer=timer)


def application(
    settings: Settings, *, timer: Callable[[], float] = time.monotonic, number: int = 0
) -> Litestar:
    """The application for these settings, not started; `number`: which of several that run at
    once. To register its routes and compile its templates takes longer than most tests: tests whose
    settings differ in where data lies alone share one, and each starts it anew.
    """
    shared = _registered(
        replace(
            settings,
            database_url="-",
            worker_database_url="-",
            admin_database_url="-",
            data_dir=Path("-"),
        ),
        timer,
        number,
    )
    shared.state.settings = settings
    set_up_logs(settings)
    return shared


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
        starting.cancel()
        await life
    try:
        yield application
    finally:
        ended.set()
        await life
