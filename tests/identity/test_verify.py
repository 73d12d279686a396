"""The client of the population service: nothing but a readable match is a match."""

import json
import logging
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from asm.errors import ConfigurationError
from asm.identity.population import (
    MAX_BATCH,
    MAX_REPLY_BYTES,
    PopulationClient,
    read_token,
)
from tests.identity.scripted import NAME, NUMBER, Scripted, identity, said


async def test_answers_come_in_the_order_of_the_questions() -> None:
    items = [{"ref": "2", "answer": "unknown"}, {"ref": "0", "answer": "match"},
             {"ref": "1", "answer": "no_match"}]  # fmt: skip
    service = Scripted(httpx.Response(200, json={"items": items}))
    assert await service.client.verify([identity(), identity(), identity()]) == [
        "match",
        "no_match",
        "unknown",
    ]


async def test_people_are_in_the_body_alone_and_without_an_id_of_ours() -> None:
    service = Scripted(said("match"))
    await service.client.verify([identity()])
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
        await service.client.verify([identity()] * (MAX_BATCH + 1))
    assert service.requests == []


MATCH = {"ref": "0", "answer": "match"}


GARBAGE: list[Any] = [
    b"", b"match", b'"match"', b"{", b"[]", b"{}", b'{"items": null}', b'{"items": ["match"]}',
    b'{"items": [{"ref": 0, "answer": "match"}]}', b'{"items": [{"answer": "match"}]}',
    b'{"items": [{"ref": "0"}]}', b'{"items": [{"ref": "0", "answer": ["match"]}]}',
    b'{"items": [{"ref": "0", "answer": "match"}', b"\xff\xfe\x00", b"\x1f\x8b\x08\x00garbage",
    b"<html>match</html>",
]  # fmt: skip


@pytest.mark.parametrize("raw", GARBAGE)
async def test_garbage_is_never_a_match(raw: bytes) -> None:
    service = Scripted(httpx.Response(200, content=raw))
    assert await service.client.verify([identity()]) == ["unavailable"]
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
    assert await service.client.verify([identity()]) == ["unavailable"]


async def test_the_rest_of_a_partial_answer_counts() -> None:
    items = [MATCH, MATCH, {"ref": "2", "answer": "unknown"}, {"ref": "9", "answer": "match"}]
    service = Scripted(httpx.Response(200, json={"items": items}))
    assert await service.client.verify([identity(), identity(), identity()]) == [
        "match",
        "unavailable",
        "unknown",
    ]
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
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert stream.sent <= MAX_REPLY_BYTES + 2 * 65536


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
        await Scripted(reply).client.verify([identity()])
    assert NAME not in caplog.text
    assert NUMBER not in caplog.text
    assert "secret-token" not in caplog.text
    assert NAME not in repr(identity())
