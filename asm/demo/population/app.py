"""The service as an ASGI application: one question, and a control to make it misbehave."""

import asyncio
import hmac
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, Final

import msgspec

from asm.demo.population.people import Question, answer
from asm.headers import Header, raw

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Reply = tuple[int, bytes]

MAX_BATCH: Final = 100
MAX_BODY_BYTES: Final = 256 * 1024
GARBAGE: Final = b'{"items": [{"ref": "0", "answer": "ma'
_LONGEST_MS: Final = 600_000
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_MS)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Misbehaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the service behaves. `outage` answers 503, `hang` nothing at all until it is switched
    off, `garbage` half a JSON document; `error_rate` is the share of questions answered by 500.
    """

    latency_ms: Milliseconds = 20
    jitter_ms: Milliseconds = 20
    error_rate: Share = 0.0
    outage: bool = False
    hang: bool = False
    garbage: bool = False


class Seen(msgspec.Struct, kw_only=True):
    """Counts since the start: questions that arrived, people answered about, and the questions
    that hang at this moment.
    """

    questions: int = 0
    people: int = 0
    hanging: int = 0


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: Annotated[list[Question], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]


class Simulator:
    """POST /v1/identities/verify, GET and POST /control (all with the token), GET /health."""

    def __init__(self, token: str) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._misbehaviour = Misbehaviour()
        self._changed = asyncio.Event()
        self._seen = Seen()
        self._chance = random.Random()  # noqa: S311 -- invented faults, no secret

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        status, body = await self._answer(scope, receive)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (raw(Header.CONTENT_TYPE), b"application/json"),
                    (raw(Header.CONTENT_LENGTH), str(len(body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> Reply:
        endpoint = (scope["method"], scope["path"])
        if endpoint == ("GET", "/health"):
            return _said(200, {"status": "ok"})
        handle = {
            ("POST", "/v1/identities/verify"): self._verify,
            ("POST", "/control"): self._control,
            ("GET", "/control"): self._show_control,
        }.get(endpoint)
        if handle is None:
            return _said(404, {"error": "not found"})
        given = dict(scope["headers"]).get(raw(Header.AUTHORIZATION), b"")
        if not hmac.compare_digest(given, self._authorization):
            return _said(401, {"error": "a bearer token is needed"})
        body = await _body(receive)
        if body is None:
            return _said(413, {"error": "too long"})
        try:
            return await handle(body, receive)
        except msgspec.MsgspecError:
            # Its text may repeat what was sent.
            return _said(422, {"error": "not in the agreed form"})

    async def _verify(self, body: bytes, receive: Receive) -> Reply:
        self._seen.questions += 1
        misbehaviour = self._misbehaviour
        await asyncio.sleep(
            (misbehaviour.latency_ms + self._chance.uniform(0, misbehaviour.jitter_ms)) / 1000.0
        )
        if misbehaviour.hang and await self._hang(receive):
            return _said(503, {"error": "nobody waits any more"})
        misbehaviour = self._misbehaviour
        if misbehaviour.outage:
            return _said(503, {"error": "simulated outage"})
        if self._chance.random() < misbehaviour.error_rate:
            return _said(500, {"error": "simulated error"})
        if misbehaviour.garbage:
            return 200, GARBAGE
        questions = msgspec.json.decode(body, type=_Batch).items
        self._seen.people += len(questions)
        return _said(200, {"items": [{"ref": q.ref, "answer": answer(q)} for q in questions]})

    async def _hang(self, receive: Receive) -> bool:
        """Until the control is used or the caller has gone; whether it has gone."""
        self._seen.hanging += 1
        gone = asyncio.ensure_future(receive())
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({gone, changed}, return_when=asyncio.FIRST_COMPLETED)
            return gone.done()
        finally:
            self._seen.hanging -= 1
            gone.cancel()
            changed.cancel()

    async def _control(self, body: bytes, receive: Receive) -> Reply:
        """Change what is named and leave the rest."""
        wanted = msgspec.structs.asdict(self._misbehaviour) | msgspec.json.decode(body, type=dict)
        self._misbehaviour = msgspec.convert(wanted, Misbehaviour)
        self._changed.set()
        self._changed = asyncio.Event()
        return await self._show_control(body, receive)

    async def _show_control(self, _body: bytes, _receive: Receive) -> Reply:
        return _said(200, {"faults": self._misbehaviour, "seen": self._seen})


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is longer than any question may be."""
    read = bytearray()
    while True:
        message = await receive()
        read += message.get("body", b"")
        if len(read) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(read)


def _said(status: int, value: object) -> Reply:
    return status, msgspec.json.encode(value)
