"""HEAD wherever GET is (RFC 9110, 9.3.2): the same answer without its body."""

from litestar import Litestar
from litestar.exceptions import MethodNotAllowedException
from litestar.types import (
    ASGIApp,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)


class HeadApplication(Litestar):
    """Answers HEAD by what GET does: one rule for every address, whatever kind of handler it has.
    A handler is found by its method, so this stands before the routing.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope.get("method") == "HEAD":
            await _answer_head(super().__call__, scope, receive, send)  # type: ignore[arg-type]
        else:
            await super().__call__(scope, receive, send)


def allowed_methods(error: MethodNotAllowedException) -> dict[str, str]:
    """The header that every 405 carries (RFC 9110, 15.5.6): what the routing knows, and HEAD where
    GET is.
    """
    known = (error.headers or {}).get("allow", "")
    methods = {method for method in known.split(", ") if method}
    if "GET" in methods:
        methods.add("HEAD")
    return {"allow": ", ".join(sorted(methods))}


async def _answer_head(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The status and headers of GET, its length among them, and no body. Whoever would go on
    sending (a stream) is told that nobody listens any more.
    """
    answered = False

    async def receive_until_answered() -> Message:
        return {"type": "http.disconnect"} if answered else await receive()  # type: ignore[return-value]

    async def send_head(message: Message) -> None:
        nonlocal answered
        if answered or message["type"] != "http.response.start":
            return
        answered = True
        await send(message)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    as_get = {**scope, "method": "GET"}
    await app(as_get, receive_until_answered, send_head)  # type: ignore[arg-type]
