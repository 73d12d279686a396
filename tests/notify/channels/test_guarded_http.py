"""Webhooks and providers against real servers, and the addresses that are never called."""

import asyncio
import hashlib
import hmac
import json
import socket
from typing import Any

import pytest

from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome
from asm.notify.channels.guarded_http import GuardedHttp, Reach
from asm.notify.channels.provider import Provider
from asm.notify.channels.sms.send import SmsChannel
from asm.notify.channels.webhook.send import WebhookChannel
from asm.notify.channels.zalo.send import ZaloChannel
from tests.notify.claimed import outgoing
from tests.notify.servers import HANG, HttpServer, answer, http_server

HERE = ("127.0.0.0/8",)
SECRET = "shared-with-the-test"


def verified(server: HttpServer) -> Any:
    """The body of the only request, after its signature was computed anew."""
    (request,) = server.requests
    at, mac = (
        part[1] for part in (p.split("=") for p in request.headers["asm-signature"].split(","))
    )
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + request.body, hashlib.sha256)
    assert hmac.compare_digest(mac, expected.hexdigest())
    return json.loads(request.body)


async def webhook(*answers: bytes | str) -> tuple[Outcome, HttpServer]:
    channel = WebhookChannel(GuardedHttp(Reach(("127.0.0.1",), HERE)))
    async with http_server(*answers) as server:
        address = {"url": f"{server.url}/asm", "secret": SECRET}
        outcome = await channel.send(outgoing(address=address))
    await channel.close()
    return outcome, server


async def test_a_webhook_is_signed_and_named() -> None:
    outcome, server = await webhook(answer(204))
    assert outcome == AcceptedDelivery(delivered=True)
    body = verified(server)
    assert body["topic"] == "reminder.last"
    assert body["facts"] == {"receipt": "LT-1"}
    assert server.requests[0].headers["asm-delivery"] == body["id"]
    assert server.requests[0].path == "/asm"


@pytest.mark.parametrize(
    ("reply", "why", "permanent", "after_s", "gone"),
    [
        (answer(500), "http_500", False, None, False),
        (answer(503, Retry_After="120"), "http_503", False, 120.0, False),
        (answer(429, Retry_After="7"), "http_429", False, 7.0, False),
        (answer(404), "http_404", True, None, False),
        (answer(410), "http_410", True, None, True),
        (answer(302, Location="http://169.254.169.254/"), "redirected", True, None, False),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "RemoteProtocolError", False, None, False),
        (answer(200, b"x" * 70_000), "reply_too_long", False, None, False),
    ],
)
async def test_what_each_answer_means(
    reply: bytes, why: str, permanent: bool, after_s: float | None, gone: bool
) -> None:
    outcome, server = await webhook(reply)
    assert outcome == Failed(why=why, permanent=permanent, after_s=after_s, gone=gone)
    assert len(server.requests) == 1


async def test_a_server_that_hangs_is_left_when_time_is_up() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await webhook(HANG)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://elsewhere.test/asm", "host_not_allowed"),
        ("https://hotel.test.evil.test/asm", "host_not_allowed"),
        ("http://hotel.test/asm", "address_not_https"),
        ("ftp://hotel.test/asm", "address_not_https"),
        ("https://user:password@hotel.test/", "address_unreadable"),
        ("https://hotel.test:99999/", "address_unreadable"),
        ("not an address", "address_unreadable"),
    ],
)
async def test_addresses_that_are_never_called(url: str, why: str) -> None:
    reach = Reach(("hotel.test", "*.hotel.test"))
    outside = GuardedHttp(reach)
    assert await outside.post(url, b"{}", {}) == Failed(why=why, permanent=True)
    assert reach.refuses("https://pms.hotel.test/asm") is None
    await outside.close()


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.0.0.7"], ["192.168.1.1"], ["169.254.169.254"],
        ["::1"], ["fd00::1"], ["fe80::1"], ["::ffff:127.0.0.1"], ["224.0.0.1"], ["100.64.0.1"],
        ["93.184.216.34", "127.0.0.1"],
    ],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_followed(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved when it is called: an allowed name may lead anywhere by then."""

    async def resolve(_host: str, port: int, **_rest: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
    outside = GuardedHttp(Reach(("hotel.test",)))
    refused = await outside.post("https://hotel.test/asm", b"{}", {})
    assert refused == Failed(why="address_not_public", permanent=True)
    await outside.close()


async def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that exists nowhere else is reached: so nobody has looked it up a second time."""
    resolved = []

    async def resolve(host: str, port: int, **_rest: Any) -> list[Any]:
        resolved.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async with http_server(answer(200)) as server:
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
            outside = GuardedHttp(Reach(("hotel.test",), HERE))
            done = await outside.post(f"http://hotel.test:{server.port}/asm", b"{}", {})
        await outside.close()
    assert not isinstance(done, Failed)
    assert "hotel.test" in resolved[0]
    assert server.requests[0].headers["host"] == f"hotel.test:{server.port}"


@pytest.mark.parametrize("kind", [SmsChannel, ZaloChannel])
async def test_a_provider_gets_a_signed_text_and_its_word_counts(kind: Any) -> None:
    reply = answer(200, b'{"id": "p-7", "status": "accepted"}')
    async with http_server(reply) as server:
        channel = kind(Provider(f"{server.url}/send", SECRET, GuardedHttp(Reach(None, HERE))))
        delivery = outgoing(address={"phone": "+84900000000"})
        outcome = await channel.send(delivery)
        await channel.close()
    assert outcome == AcceptedDelivery(delivered=False, reference="p-7")
    body = verified(server)
    assert body["to"] == "+84900000000"
    assert body["text"].startswith("Cơ sở của bạn chưa khai báo.")
    assert server.requests[0].headers["idempotency-key"] == body["id"] == str(delivery.id)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (
            answer(200, b'{"id": "7", "status": "delivered"}'),
            AcceptedDelivery(delivered=True, reference="7"),
        ),
        (
            answer(200, b'{"id": "7", "status": "refused"}'),
            Failed(why="provider_refused", permanent=True),
        ),
        (answer(200, b"<html>OK</html>"), Failed(why="reply_unreadable", permanent=False)),
        (
            answer(200, b'{"id": "7", "status": "yes"}'),
            Failed(why="reply_unreadable", permanent=False),
        ),
        (answer(200, b"\xff\xfe"), Failed(why="reply_unreadable", permanent=False)),
        (answer(500), Failed(why="http_500", permanent=False)),
        (answer(401), Failed(why="http_401", permanent=True)),
        (answer(410), Failed(why="http_410", permanent=True)),
    ],
)
async def test_what_a_provider_says(reply: bytes, outcome: Outcome) -> None:
    async with http_server(reply) as server:
        channel = SmsChannel(Provider(server.url, SECRET, GuardedHttp(Reach(None, HERE))))
        assert await channel.send(outgoing(address={"phone": "+84900000000"})) == outcome
        await channel.close()
