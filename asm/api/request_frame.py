"""What surrounds every request: a name, the figures, its body whole, and connections given back."""

import time
from typing import Final

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from asm.api.bodies.whole_body import ClientGone
from asm.api.metrics import measure_request
from asm.api.one_session import close_opened
from asm.api.query_guard import check_path, check_query
from asm.api.request_id import HEADER, named_request
from asm.errors import Refusal

#: For the figures: nobody was there any more to be answered.
_HUNG_UP: Final = 499


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
                message["headers"] = [*message["headers"], (HEADER, name.encode("ascii"))]
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
                raise
            except HTTPException as refusal:
                status = refusal.status_code
                raise
            finally:
                measure_request(scope, status, time.perf_counter() - started)
                await close_opened(scope)
