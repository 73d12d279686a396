"""The client of the population service: nothing but a readable match is a match, and a service
that fails is left alone.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from asm.errors import ConfigurationError
from asm.identity.breaker import CircuitBreaker
from asm.identity.verify import (
    MAX_BATCH,
    MAX_REPLY_BYTES,
    Identity,
    Patience,
    PopulationClient,
    read_token,
)
from tests.simulator.service import Service, service_in

NAME, NUMBER = "Nguyễn Văn Mẫu", "001090000001"
Handler = Callable[[httpx.Request], Any]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def one(number: str = NUMBER, name: str = NAME) -> Identity:
    return Identity(number=number, name=name, birth_date="1990-08-15")


class Scripted:
    """A service that answers by a script; notes what was asked and how long was waited."""

    def __init__(self, *replies: Any, breaker: CircuitBreaker | None = None) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.client = PopulationClient(
            "https://population.example",
            "secret-token",
            breaker=breaker,
            transport=httpx.MockTransport(self._answer),
            sleep=self._sleep,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, httpx.Response)
        # Unread, as it comes from a network, and as often as the script says.
        stream = httpx.ByteStream(reply.content) if reply.is_closed else reply.stream
        return httpx.Response(reply.status_code, headers=reply.headers, stream=stream)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def said(*answers: Any, status: int = 200) -> httpx.Response:
    items = [{"ref": str(place), "answer": word} for place, word in enumerate(answers)]
    return httpx.Response(status, json={"items": items})


async def test_answers_come_in_the_order_of_the_questions() -> None:
    items = [{"ref": "2", "answer": "unknown"}, {"ref": "0", "answer": "match"},
             {"ref": "1", "answer": "no_match"}]  # fmt: skip
    service = Scripted(httpx.Response(200, json={"items": items}))
    assert await service.client.verify([one(), one(), one()]) == ["match", "no_match", "unknown"]


async def test_people_are_in_the_body_alone_and_without_an_id_of_ours() -> None:
    service = Scripted(said("match"))
    await service.client.verify([one()])
    (request,) = service.requests
    assert (request.method, str(request.url)) == (
        "POST", "https://population.example/v1/identities/verify",
    )  # fmt: skip
    assert request.headers["Authorization"] == "Bearer secret-token"
    assert NUMBER not in str(request.headers)
    assert json.loads(request.content) == {
        "items": [{"ref": "0", "number": NUMBER, "name": NAME, "birth_date": "1990-08-15"}]
    }


async def test_nobody_is_asked_about_for_an_empty_batch_and_a_long_one_is_a_mistake() -> None:
    service = Scripted(said())
    assert await service.client.verify([]) == []
    with pytest.raises(ValueError, match="100"):
        await service.client.verify([one()] * (MAX_BATCH + 1))
    assert service.requests == []


MATCH = {"ref": "0", "answer": "match"}
UNREADABLE: list[Any] = [
    b"", b"match", b'"match"', b"{", b"[]", b"{}", b'{"items": null}', b'{"items": ["match"]}',
    b'{"items": [{"ref": 0, "answer": "match"}]}', b'{"items": [{"answer": "match"}]}',
    b'{"items": [{"ref": "0"}]}', b'{"items": [{"ref": "0", "answer": ["match"]}]}',
    b'{"items": [{"ref": "0", "answer": "match"}', b"\xff\xfe\x00", b"\x1f\x8b\x08\x00garbage",
    b"<html>match</html>",
]  # fmt: skip


@pytest.mark.parametrize("raw", UNREADABLE)
async def test_garbage_is_never_a_match(raw: bytes) -> None:
    service = Scripted(httpx.Response(200, content=raw))
    assert await service.client.verify([one()]) == ["unavailable"]
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"ref": "1", "answer": "match"}],
        [{"ref": "00", "answer": "match"}],
        [{"ref": "0", "answer": "MATCH"}],
        [{"ref": "0", "answer": "match "}],
        [{"ref": "0", "answer": "unavailable"}],
        [{"ref": "0", "answer": ""}],
        [MATCH, {"ref": "0", "answer": "no_match"}],
    ],
)
async def test_an_item_that_is_missing_or_odd_is_unavailable(items: list[Any]) -> None:
    service = Scripted(httpx.Response(200, json={"items": items}))
    assert await service.client.verify([one()]) == ["unavailable"]


async def test_the_rest_of_a_partial_answer_counts() -> None:
    items = [MATCH, MATCH, {"ref": "2", "answer": "unknown"}, {"ref": "9", "answer": "match"}]
    service = Scripted(httpx.Response(200, json={"items": items}))
    assert await service.client.verify([one(), one(), one()]) == ["match", "unavailable", "unknown"]
    assert service.client.breaker.state == "closed"


async def test_a_reply_without_end_is_cut_off() -> None:
    class Endless(httpx.AsyncByteStream):
        sent = 0

        async def __aiter__(self) -> Any:
            while True:
                self.sent += 65536
                yield b"x" * 65536

    stream = Endless()
    service = Scripted(httpx.Response(200, stream=stream))
    assert await service.client.verify([one()]) == ["unavailable"]
    assert stream.sent <= MAX_REPLY_BYTES + 2 * 65536


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(500), httpx.Response(503), httpx.Response(429), httpx.ConnectError("x"),
     httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), OSError("x")],
)  # fmt: skip
async def test_what_may_pass_is_tried_again_three_times_at_most(failure: Any) -> None:
    service = Scripted(failure)
    assert await service.client.verify([one()]) == ["unavailable"]
    assert len(service.requests) == 3
    first, second = service.waits
    assert 0 <= first <= 0.5
    assert 0 <= second <= 1.0

    recovering = Scripted(failure, said("match"))
    assert await recovering.client.verify([one()]) == ["match"]
    assert len(recovering.requests) == 2


async def test_waits_are_spread_over_their_whole_range() -> None:
    waits = []
    for _ in range(200):
        service = Scripted(httpx.Response(503), said("match"))
        await service.client.verify([one()])
        waits += service.waits
    assert min(waits) < 0.05
    assert max(waits) > 0.45


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 413, 422])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    reply = httpx.Response(status, headers={"Location": "https://elsewhere.example/"})
    service = Scripted(reply)
    assert await service.client.verify([one()]) == ["unavailable"]
    assert len(service.requests) == 1, "and no redirect is followed"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_short_retry_after_is_waited_for(status: int) -> None:
    service = Scripted(httpx.Response(status, headers={"Retry-After": "3"}), said("match"))
    assert await service.client.verify([one()]) == ["match"]
    assert service.waits == [3.0]


async def test_a_date_is_read_against_the_services_own_clock() -> None:
    headers = {
        "Date": "Sun, 01 Mar 2026 10:00:00 GMT",
        "Retry-After": "Sun, 01 Mar 2026 10:00:05 GMT",
    }
    service = Scripted(httpx.Response(503, headers=headers), said("match"))
    assert await service.client.verify([one()]) == ["match"]
    assert service.waits == [5.0]


@pytest.mark.parametrize("told", ["soon", "-3", "1e9", "٣", "", "Sun, 01 Mar 2026 10:00:05 GMT"])
async def test_a_retry_after_that_cannot_be_read_is_none(told: str) -> None:
    headers = [(b"Retry-After", told.encode())]
    service = Scripted(httpx.Response(503, headers=headers), said("match"))
    assert await service.client.verify([one()]) == ["match"]
    assert service.waits[0] <= 0.5


async def test_a_long_retry_after_opens_the_breaker_for_as_long() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    service = Scripted(
        httpx.Response(429, headers={"Retry-After": "600"}), said("match"), breaker=breaker
    )
    assert await service.client.verify([one()]) == ["unavailable"]
    assert (breaker.state, service.waits, len(service.requests)) == ("open", [], 1)
    clock.now += 599
    assert await service.client.verify([one()]) == ["unavailable"]
    assert len(service.requests) == 1
    clock.now += 1
    assert await service.client.verify([one()]) == ["match"]


def test_a_service_cannot_ask_for_rest_for_ever() -> None:
    clock = Clock()
    service = Scripted(
        httpx.Response(429, headers={"Retry-After": "999999999"}),
        breaker=CircuitBreaker(clock=clock),
    )
    asyncio.run(service.client.verify([one()]))
    clock.now += 3600
    assert service.client.breaker.state == "half_open"


async def test_the_breaker_opens_probes_once_and_closes() -> None:
    clock = Clock()
    breaker = CircuitBreaker(opens_after=5, rest_s=15, longest_rest_s=60, clock=clock)
    service = Scripted(httpx.Response(500), breaker=breaker)
    await service.client.verify([one()])
    assert (breaker.state, len(service.requests)) == ("closed", 3)
    await service.client.verify([one()])
    assert (breaker.state, len(service.requests)) == ("open", 5)
    assert await service.client.verify([one()]) == ["unavailable"]
    assert len(service.requests) == 5, "nobody is asked while it rests"

    for rest in (15, 30, 60, 60):
        clock.now += rest - 1
        assert breaker.state == "open"
        clock.now += 1
        assert breaker.state == "half_open"
        before = len(service.requests)
        await service.client.verify([one()])
        assert (breaker.state, len(service.requests)) == ("open", before + 1), "one probe, once"

    clock.now += 60
    service.replies = [said("match")]
    assert await service.client.verify([one()]) == ["match"]
    assert breaker.state == "closed"
    service.replies = [httpx.Response(500)]
    await service.client.verify([one()])
    assert breaker.state == "closed", "the count began anew"


async def test_two_callers_share_one_probe() -> None:
    clock = Clock()
    breaker = CircuitBreaker(opens_after=1, rest_s=1, clock=clock)
    breaker.failed()
    clock.now += 1
    assert [breaker.enter(), breaker.enter(), breaker.state] == [True, False, "open"]
    breaker.abandoned()
    assert breaker.state == "half_open"


async def test_a_call_that_is_cancelled_gives_the_probe_back() -> None:
    clock, asked = Clock(), asyncio.Event()
    breaker = CircuitBreaker(opens_after=1, rest_s=1, clock=clock)
    breaker.failed()
    clock.now += 1

    async def never(_request: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = PopulationClient(
        "https://population.example", "t", breaker=breaker, transport=httpx.MockTransport(never)
    )
    call = asyncio.create_task(client.verify([one()]))
    await asked.wait()
    call.cancel()
    await asyncio.wait([call])
    assert call.cancelled()
    assert breaker.state == "half_open"


@pytest.mark.parametrize("url", ["http://population.example", "ftp://127.0.0.1", "population", ""])
def test_numbers_do_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        PopulationClient(url, "t")


def test_certificates_are_checked() -> None:
    client = PopulationClient("https://population.example", "t")
    transport: Any = client._http._transport
    context = transport._pool._ssl_context
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_token_comes_from_a_file_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(ConfigurationError, match="token cannot be read"):
        read_token(file)
    file.write_text(" \n")
    with pytest.raises(ConfigurationError, match="empty"):
        read_token(file)
    file.write_text("abc\n")
    assert read_token(file) == "abc"


async def test_nothing_personal_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (said("match"), httpx.Response(500), httpx.Response(200, content=NAME.encode())):
        await Scripted(reply).client.verify([one()])
    assert NAME not in caplog.text
    assert NUMBER not in caplog.text
    assert "secret-token" not in caplog.text
    assert NAME not in repr(one())


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service_in(tmp_path_factory.mktemp("simulator")) as made:
        yield made


@pytest.fixture
def service(process: Service) -> Iterator[Service]:
    yield process
    process.control(error_rate=0.0, outage=False, hang=False, garbage=False)


QUICK = Patience(connect_s=1.0, try_s=0.3, tries=2, first_wait_s=0.01, longest_wait_s=0.02)
THREE = [one(), one(number="001090000009"), one(name="Nguyễn Văn Sai")]


async def test_a_real_server_answers_a_batch_and_its_faults_are_unavailable(
    service: Service,
) -> None:
    async with service.client() as client:
        assert await client.verify(THREE) == ["match", "unknown", "no_match"]
        assert len(await client.verify([one()] * MAX_BATCH)) == MAX_BATCH
    for fault in ({"outage": True}, {"garbage": True}, {"error_rate": 1.0}, {"hang": True}):
        service.control(**fault)
        async with service.client(patience=QUICK) as client:
            assert await client.verify(THREE) == ["unavailable"] * 3
        service.control(outage=False, garbage=False, error_rate=0.0, hang=False)


async def test_a_server_that_was_killed_and_started_again_is_found_again(service: Service) -> None:
    async with service.client(patience=QUICK) as client:
        assert await client.verify(THREE[:1]) == ["match"]
        service.kill()
        assert await client.verify(THREE[:1]) == ["unavailable"]
        service.start()
        assert await client.verify(THREE[:1]) == ["match"]


async def test_a_server_that_drips_bytes_times_out_all_the_same() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            try:
                await writer.drain()
            except OSError:
                break
            await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, PopulationClient(f"http://127.0.0.1:{port}", "t", patience=QUICK) as client:
        assert await client.verify([one()]) == ["unavailable"]
        server.close()
