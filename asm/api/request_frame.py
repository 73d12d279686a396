"""What surrounds every request: a name, the figures, its body whole, and connections given back."""

import time
from typing import Final

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from asm.api.bodies.whole_body import ClientGone
from asm.api.contract import PREFIX, VERSION
from asm.api.dpop.presented import nonce_headers
from asm.api.lifetimes.deprecated import ending_headers
from asm.api.one_session import close_opened
from asm.api.query_guard import check_path, check_query
from asm.api.request_id import HEADER, NAMED, named_request
from asm.errors import Refusal
from asm.headers import Header, raw
from asm.metrics.counted import measure_request

#: For the figures: nobody was there any more to be answered.
_HUNG_UP: Final = 499
#: What answers to software say besides.
_OF_SOFTWARE: Final = ((raw(Header.ASM_CONTRACT_VERSION), VERSION.encode("ascii")),)
#: Nearly every answer is about somebody: what may be kept says so itself.
NO_STORE: Final = "no-store"
_CACHE_CONTROL: Final = raw(Header.CACHE_CONTROL)
_NO_STORE: Final = ((_CACHE_CONTROL, NO_STORE.encode("ascii")),)


def _says_how_long(message: HTTPResponseStartEvent) -> bool:
    return any(name.lower() == _CACHE_CONTROL for name, _ in message["headers"])


def headers_outside(scope: Scope) -> dict[str, str]:
    """What the frame writes on answers, for one that is made outside of it: of what was refused
    before a handler was there to answer.
    """
    name = scope["state"].get(NAMED)
    if name is None:
        return {}
    of_software = {Header.ASM_CONTRACT_VERSION: VERSION}
    is_software = scope["path"].startswith(PREFIX)
    of_proof = nonce_headers(scope)
    return {Header.X_REQUEST_ID: name} | (of_software if is_software else {}) | of_proof


class FrameMiddleware:
    """One for all: each layer around a request costs it another wrapping of `send`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (HEADER, name.encode("ascii")),
                    *(_OF_SOFTWARE if scope["path"].startswith(PREFIX) else ()),
                    *(() if _says_how_long(message) else _NO_STORE),
                    *((raw(name), value.encode()) for name, value in nonce_headers(scope).items()),
                    *ending_headers(scope),
                ]
            await send(message)

        with named_request() as name:
            try:
                check_path(scope["path"])
                if scope["query_string"]:
                    check_query(scope)
                await scope["litestar_app"].state.bodies.read(scope, receive)
                await self.app(scope, receive, watched)
            except ClientGone:
                status = _HUNG_UP
            except Refusal as refusal:  # answered outside of this
                status = refusal.status
                scope["state"][NAMED] = name
                raise
            except HTTPException as refusal:
                status = refusal.status_code
                scope["state"][NAMED] = name
                raise
            finally:
                measure_request(scope, status, time.perf_counter() - started)
                await close_opened(scope)
