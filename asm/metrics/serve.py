"""Figures on a port of their own. Of several processes the first one has it; another takes it over
when that one ends.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest

PATH: Final = "/metrics"
#: Until somebody who has connected has said what for, and has taken the answer.
PATIENCE_S: Final = 10.0
TRY_AGAIN_S: Final = 1.0
_LONGEST_HEAD: Final = 8192
#: asyncio tells so when the other side does not say what it wants, or goes.
_UNFINISHED: Final = (
    asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError, ValueError,
)  # fmt: skip
log = structlog.get_logger("asm.metrics")


class _Collected:
    """What `generate_latest` asks for its figures."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """As a registry of the library's does."""
        return self._metrics


def exposition(metrics: Iterable[Metric]) -> bytes:
    """The figures in Prometheus's text format."""
    return generate_latest(_Collected(metrics))


def is_near(host: str) -> bool:
    """Whether the address is this machine's or of a private network."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def keep_serving(host: str, port: int, figures: Callable[[], Awaitable[bytes]]) -> None:
    """Answer `GET /metrics` at this address until cancelled; port 0: nowhere. Whoever has the port
    keeps it: it is asked for again each second. A failure here ends nothing else.
    """
    logged = False
    while port:
        try:
            server = await asyncio.start_server(
                partial(_answer, figures), host, port, limit=_LONGEST_HEAD
            )
        except OSError as error:
            if not logged:
                log.info("metrics_port_not_ours", port=port, error=type(error).__name__)
            logged = True
            await asyncio.sleep(TRY_AGAIN_S)
            continue
        log.info("metrics_served", port=port)
        async with server:
            await server.serve_forever()


async def _answer(
    figures: Callable[[], Awaitable[bytes]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            head = await reader.readuntil(b"\r\n\r\n")
            status, body = await _reply(head, writer.get_extra_info("peername"), figures)
            writer.write(_message(status, body))
            await writer.drain()
    except _UNFINISHED as error:
        log.debug("metrics_not_asked", error=type(error).__name__)
    finally:
        writer.close()


async def _reply(
    head: bytes, peer: tuple[str, int], figures: Callable[[], Awaitable[bytes]]
) -> tuple[HTTPStatus, bytes]:
    method, target, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), "", ""]
    if target.partition("?")[0] != PATH or not is_near(peer[0]):
        return HTTPStatus.NOT_FOUND, b"Not found\n"
    if method != "GET":
        return HTTPStatus.METHOD_NOT_ALLOWED, b"GET alone\n"
    return HTTPStatus.OK, await figures()


def _message(status: HTTPStatus, body: bytes) -> bytes:
    kind = CONTENT_TYPE_LATEST if status == HTTPStatus.OK else "text/plain; charset=utf-8"
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    ).encode("ascii") + body
