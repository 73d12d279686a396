"""Web push: encrypted for the one browser that subscribed, signed with our VAPID key.

Subscriptions come from browsers, so their addresses are typed by strangers: only hosts of known
push services are called, at public addresses (`asm/notify/channels/guarded_http.py`).
"""

import base64
import binascii
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from pywebpush import Vapid, WebPusher, WebPushException

from asm.headers import Header
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome, OutgoingDelivery
from asm.notify.channels.guarded_http import GuardedHttp
from asm.notify.channels.web_push.vapid import vapid_key

#: How long a push service keeps it for a phone that is off: until the morning at most.
KEPT_S: Final = 8 * 3600
_UNKNOWN: Final = "http_404"


class WebPushChannel:
    """`contact` is the operator's mail address, for the push services to complain to."""

    name = "web_push"

    def __init__(self, secret: bytes, contact: str, outside: GuardedHttp) -> None:
        self._vapid = Vapid(vapid_key(secret))
        self._contact = contact
        self._outside = outside

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        """The push service has it; whether the phone showed it, nobody says."""
        address: str = outgoing.address["endpoint"]
        try:
            body, headers = self._sealed(outgoing, address)
        except (WebPushException, ValueError, binascii.Error, TypeError):
            # The browser's keys are none: its subscription is of no use.
            return Failed(why="subscription_unreadable", permanent=True, gone=True)
        answer = await self._outside.post(address, body, headers)
        if not isinstance(answer, Failed):
            return AcceptedDelivery()
        # 404 and 410: the browser has unsubscribed (RFC 8030, 7.3).
        return msgspec.structs.replace(answer, gone=answer.gone or answer.why == _UNKNOWN)

    async def close(self) -> None:
        await self._outside.close()

    def _sealed(self, outgoing: OutgoingDelivery, address: str) -> tuple[bytes, dict[str, str]]:
        payload: dict[str, Any] = {
            "title": outgoing.message.title,
            "text": outgoing.message.text,
            "url": outgoing.link,
            "tag": str(outgoing.id),
        }
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        claims = {"aud": origin, "sub": f"mailto:{self._contact}"}
        body: bytes = WebPusher(outgoing.address).encode(msgspec.json.encode(payload))["body"]
        return body, {
            **self._vapid.sign(claims),
            Header.CONTENT_ENCODING: "aes128gcm",
            Header.CONTENT_TYPE: "application/octet-stream",
            Header.TTL: str(KEPT_S),
            Header.URGENCY: "high",
            # A second copy replaces the first where it still waits (RFC 8030, 5.4).
            Header.TOPIC: base64.urlsafe_b64encode(outgoing.id.bytes).rstrip(b"=").decode(),
        }
