"""Web push against a real push service: it verifies our signature, the browser's keys decrypt."""

import base64
import json
import os
import time
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome
from asm.notify.channels.guarded_http import GuardedHttp, Reach
from asm.notify.channels.web_push.send import WebPushChannel
from asm.notify.channels.web_push.vapid import vapid_public
from tests.notify.claimed import outgoing
from tests.notify.servers import Request, answer, http_server

SECRET = bytes(range(32))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a browser keeps of its subscription."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(self.auth)}
        return {"endpoint": endpoint, "keys": keys}

    def opened(self, body: bytes) -> Any:
        plain = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return json.loads(plain)


async def push(reply: bytes, browser: Browser, **address: Any) -> tuple[Outcome, list[Request]]:
    channel = WebPushChannel(
        SECRET, "operator@asm.test", GuardedHttp(Reach(("127.0.0.1",), ("127.0.0.0/8",)))
    )
    async with http_server(reply) as server:
        subscription = browser.subscription(f"{server.url}/push/abc") | address
        outcome = await channel.send(outgoing(address=subscription))
    await channel.close()
    return outcome, server.requests


async def test_the_service_can_verify_and_only_the_browser_can_read() -> None:
    browser = Browser()
    outcome, (request,) = await push(answer(201), browser)
    assert outcome == AcceptedDelivery()
    shown = browser.opened(request.body)
    assert shown["title"] == "Sắp đến hạn 23:00"
    assert shown["url"] == "https://asm.test/inbox"
    assert "đến hạn".encode() not in request.body
    assert request.headers["content-encoding"] == "aes128gcm"
    assert len(request.headers["topic"]) <= 32
    with pytest.raises(Exception, match=r"."):
        Browser().opened(request.body)


async def test_the_signature_is_ours_for_this_service_alone() -> None:
    _, (request,) = await push(answer(201), Browser())
    scheme, _, rest = request.headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    assert parts["k"].rstrip("=") == vapid_public(SECRET)
    head, claims, mac = parts["t"].split(".")
    raw = decoded(mac)
    signature = encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    )
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    key.verify(signature, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    said = json.loads(decoded(claims))
    assert said["sub"] == "mailto:operator@asm.test"
    assert said["aud"] == f"http://{request.headers['host']}"
    assert 0 < said["exp"] - time.time() <= 24 * 3600 + 60


@pytest.mark.parametrize(
    ("status", "permanent", "gone"),
    [(404, True, True), (410, True, True), (413, True, False), (429, False, False),
     (500, False, False)],
)  # fmt: skip
async def test_what_the_service_says(status: int, permanent: bool, gone: bool) -> None:
    outcome, _ = await push(answer(status), Browser())
    assert outcome == Failed(why=f"http_{status}", permanent=permanent, gone=gone)


async def test_a_subscription_that_is_none_calls_nobody() -> None:
    outcome, requests = await push(answer(201), Browser(), keys={"p256dh": "AAAA", "auth": "AA"})
    assert outcome == Failed(why="subscription_unreadable", permanent=True, gone=True)
    assert requests == []
    outcome, requests = await push(answer(201), Browser(), endpoint="https://push.elsewhere.test/x")
    assert outcome == Failed(why="host_not_allowed", permanent=True)
    assert requests == []
