"""Hand a short text to a provider over HTTP: signed, and with a key that makes a repeat harmless.

One agreement for SMS and Zalo. A provider with another gets a small adapter on its side of it:

    POST <url>   Idempotency-Key: <uuid>   ASM-Signature: t=<unix>,v1=<hmac-sha256 of "t.body">
    {"to": "+8490…", "text": "…", "id": "<uuid>"}
    → 200–202 {"id": "<the provider's>", "status": "accepted" | "delivered" | "refused"}

Anything else that comes with 2xx is not an answer: it is tried again under the same key.
"""

import time
from typing import Literal

import msgspec

from asm.headers import Header
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome, OutgoingDelivery
from asm.notify.channels.guarded_http import GuardedHttp, sign


class _Answer(msgspec.Struct, frozen=True):
    id: str
    status: Literal["accepted", "delivered", "refused"]


class Provider:
    """One provider's address and the secret shared with it."""

    def __init__(self, url: str, secret: str, outside: GuardedHttp) -> None:
        self._url = url
        self._secret = secret
        self._outside = outside

    async def send(self, outgoing: OutgoingDelivery, recipient: str) -> Outcome:
        """Give the outside text and the link to the provider for `recipient`."""
        text = f"{outgoing.message.text} {outgoing.link}"
        body = msgspec.json.encode({"to": recipient, "text": text, "id": outgoing.id})
        headers = {
            Header.CONTENT_TYPE: "application/json",
            Header.IDEMPOTENCY_KEY: str(outgoing.id),
            Header.ASM_SIGNATURE: sign(self._secret, int(time.time()), body),
        }
        reply = await self._outside.post(self._url, body, headers)
        if isinstance(reply, Failed):
            # A provider that answers 410 has moved: the recipient's number has not.
            return msgspec.structs.replace(reply, gone=False)
        try:
            answer = msgspec.json.decode(reply.body, type=_Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Failed(why="reply_unreadable", permanent=False)
        if answer.status == "refused":
            return Failed(why="provider_refused", permanent=True)
        return AcceptedDelivery(delivered=answer.status == "delivered", reference=answer.id[:200])

    async def close(self) -> None:
        """Close the connections."""
        await self._outside.close()
