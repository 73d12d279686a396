"""The body of a request, whole, before anything is done for the request.

Whoever sends one takes as long over it as they like. Nothing that others need may be held
meanwhile, a connection to the database least of all: anybody with ten slow sockets would stop every
house. So the frame of each request reads it here, before any dependency is looked for, and whoever
asks the request for its body, its form or its JSON gets what was read, as often as they ask.

1. Size: what the settings allow for an upload; more is 413.
2. Time: FIRST_S, and a second more for each SLOWEST bytes that came; later is 408.
3. Memory: what is small is always read. Of what is larger no more is held at once than WHOLE
   uploads, of one network no more than OF_ONE_NETWORK; beyond that it is 503, to be sent again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from typing import Any, Final

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Receive, Scope

from asm.accounts.throttling.origin import Network, network_of
from asm.errors import RETRY_AFTER_S, TooSlow, Unavailable
from asm.headers import Header, raw

FIRST_S: Final = 30.0
#: Bytes a second: a phone at the edge of its network.
SLOWEST: Final = 16 * 1024
#: No declaration and no form without a file is larger.
SMALL: Final = 64 * 1024
WHOLE: Final = 16
OF_ONE_NETWORK: Final = 4
_KEPT: Final = "asm_body"
_CONTENT_LENGTH: Final = raw(Header.CONTENT_LENGTH)


class ClientGone(Exception):  # noqa: N818 -- what happened: nobody is there to be answered
    """The connection was closed before the body was there."""


class WholeRequest(Request[Any, Any, Any]):
    """A request whose body is there already: everything else reads from `stream`."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """What was read."""
        yield body_of(self.scope)
        yield b""


def body_of(scope: Scope) -> bytes:
    """The body of a request that came through the frame."""
    body: bytes = scope["state"][_KEPT]
    return body


class BodyReader:
    """One for each process. `most`: bytes of one body; `proxies`: as `network_of` has them."""

    def __init__(self, most: int, proxies: Sequence[Network]) -> None:
        self._most = most
        self._proxies = proxies
        self._held: Counter[str] = Counter()

    async def read(self, scope: Scope, receive: Receive) -> None:
        """Keep the body for `body_of`. Raises RequestEntityTooLarge, TooSlow, Unavailable,
        ClientGone.
        """
        announced = dict(scope["headers"]).get(_CONTENT_LENGTH, b"")
        if announced.isdigit() and int(announced) > self._most:
            raise RequestEntityTooLarge
        # Nearly every body is there when it is asked for: no clock is set for it.
        first = _part(receive)
        try:
            waited_for = first.send(None)
        except StopIteration as there:
            body, more = there.value
            if more:
                body = await self._in_time(_Rest(None, body), scope, receive)
        else:
            body = await self._in_time(_Rest(first, waited_for), scope, receive)
        if len(body) > self._most:
            raise RequestEntityTooLarge
        scope["state"][_KEPT] = body

    async def _in_time(self, begun: "_Rest", scope: Scope, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(FIRST_S) as bound:
                body, more = await begun
                if more:
                    body = await self._whole(body, scope, receive, bound)
        except TimeoutError as error:
            raise TooSlow("body_too_slow", seconds=round(FIRST_S)) from error
        return body

    async def _whole(
        self, first: bytes, scope: Scope, receive: Receive, bound: asyncio.Timeout
    ) -> bytes:
        body, more, latest = bytearray(first), True, bound.when() or 0.0
        with _Share(self._held, self._most, lambda: network_of(scope, self._proxies)) as share:
            while more:
                share.grow_to(len(body))
                bound.reschedule(latest + len(body) / SLOWEST)
                part, more = await _part(receive)
                body += part
                if len(body) > self._most:
                    raise RequestEntityTooLarge
        return bytes(body)


class _Rest:
    """The first part of a body: the rest of waiting for it; without `begun` what came of it, with
    more to follow.
    """

    def __init__(self, begun: Coroutine[Any, Any, tuple[bytes, bool]] | None, came: Any) -> None:
        self._begun, self._came = begun, came

    def __await__(self) -> Generator[Any, Any, tuple[bytes, bool]]:
        if self._begun is None:
            return self._came, True
        step, value = self._begun.send, self._came
        while True:
            try:
                step, value = self._begun.send, (yield value)
            except BaseException as error:  # noqa: BLE001 -- the waiting itself is told, as by `await`
                step, value = self._begun.throw, error
            try:
                value = step(value)
            except StopIteration as there:
                part: tuple[bytes, bool] = there.value
                return part


class _Share:
    """What one body takes of what may be held, given back at the end."""

    def __init__(self, held: Counter[str], most: int, network: Callable[[], str]) -> None:
        self._held, self._most, self._network_of = held, most, network
        self._network, self._mine = "", 0

    def __enter__(self) -> "_Share":
        return self

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._held[self._network] -= self._mine
            if not self._held[self._network]:
                del self._held[self._network]  # who sends nothing is not remembered

    def grow_to(self, size: int) -> None:
        """Raises Unavailable for what does not fit."""
        if size <= SMALL:
            return
        self._network = self._network or self._network_of()
        more = size - self._mine
        full = self._held[self._network] + more > OF_ONE_NETWORK * self._most
        if full or self._held.total() + more > WHOLE * self._most:
            raise Unavailable("try_again", retry_after_s=RETRY_AFTER_S)
        self._held[self._network] += more
        self._mine = size


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """The next part, and whether another follows."""
    message: Any = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)
