"""Figures for Prometheus at `/metrics`: those of all web processes that share the port, and those
of the database. No label holds personal data.

Answered only to a direct caller from the machine itself or a private network; a request that came
through a reverse proxy gets the 404 of an unknown address. On a port of their own they are served
by `serving_figures`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST

from asm.errors import not_found
from asm.headers import Header
from asm.metrics.counted import counted_here
from asm.metrics.of_database import figures_of_database, figures_of_deliveries
from asm.metrics.serve import exposition, is_near, keep_serving
from asm.settings import MetricsSettings

#: How old what one process says of this moment may be when another is asked.
NOTE_EVERY_S: Final = 1.0
_PROXY_HEADERS: Final = (Header.FORWARDED, Header.X_FORWARDED_FOR, Header.X_REAL_IP)


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The figures in Prometheus's text format."""
    if not _direct_and_near(request):
        raise not_found("route")
    return Response(await all_figures(state), media_type=CONTENT_TYPE_LATEST)


metrics_handlers = [metrics]


async def all_figures(state: State) -> bytes:
    """What was counted, and what the database tells, as Prometheus reads it."""
    _note_waiting(state)
    of_database = await figures_of_database(state.sessions)
    of_deliveries = await figures_of_deliveries(state.sessions)
    return exposition([*counted_here().collect(), *of_database, *of_deliveries])


@asynccontextmanager
async def serving_figures(settings: MetricsSettings, state: State) -> AsyncIterator[None]:
    """For the time of the block, answer on the port that the settings name, if they name one, and
    tell the other web processes what waits in this one.
    """
    parts = [
        asyncio.create_task(keep_serving(settings.host, settings.port, lambda: all_figures(state))),
        asyncio.create_task(_keep_noting(state)),
    ]
    try:
        yield
    finally:
        for part in parts:
            part.cancel()
        await asyncio.wait(parts)


async def _keep_noting(state: State) -> None:
    while counted_here().folder is not None:
        _note_waiting(state)
        await asyncio.sleep(NOTE_EVERY_S)


def _note_waiting(state: State) -> None:
    counted_here().note_waiting(state.commits.waiting_rows, state.throttle.blocks)


def _direct_and_near(request: Request[Any, Any, Any]) -> bool:
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    return request.client is None or is_near(request.client.host)  # None: a Unix socket
