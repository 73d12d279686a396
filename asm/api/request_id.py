"""Name every request: the same id in each log line about it and in the answer's header, so that a
host who calls for help can say which one it was.
"""

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from asm.db.base import new_id
from asm.logs import REQUEST_ID

HEADER = b"x-request-id"


class RequestIdMiddleware:
    """Makes the id here; one that a client sends is not taken over: it could hold anything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = str(new_id())
        token = REQUEST_ID.set(name)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, name.encode("ascii"))]
            await send(message)

        try:
            await self.app(scope, receive, named)
        finally:
            REQUEST_ID.reset(token)
