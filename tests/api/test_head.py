"""HEAD is answered wherever GET is: the same status and headers, its length too, and no body."""

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from tests.api.every_route import addresses
from tests.people import sign_in
from tests.web.visitor import Visitor

#: What differs between two answers to the same question.
OF_ITS_OWN = {"x-request-id", "set-cookie", "date"}
#: These go on and on.
STREAMS = {"/inbox/events"}


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_ITS_OWN}


@pytest.mark.parametrize("login", ["lan", "minh", "stranger"])
async def test_every_address_that_can_be_read_has_a_head(
    login: str, app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    bearer: dict[str, str] = {}
    if login != "stranger":
        visitor = Visitor(client)
        await visitor.sign_in(cast, login)
        bearer = await sign_in(client, cast, login)
    tried, answered = 0, set()
    for url, handler in addresses(app, cast, "GET"):
        headers = bearer if url.startswith(("/api/", "/ogc")) else {}
        head = await client.head(url, headers=headers)
        assert head.content == b"", url
        assert head.status_code != 405, url
        answered.add(head.status_code)
        tried += 1
        if url in STREAMS:
            assert head.status_code == (303 if login == "stranger" else 200)
            continue
        got = await client.get(url, headers=headers)
        assert head.status_code == got.status_code, (url, handler)
        # What counts the requests, or times them, is longer each time.
        if url not in {"/metrics", "/health/ready"} and "form" not in got.text:
            assert headers_of(head) == headers_of(got), url
    assert tried > 70
    assert {200, 404} <= answered


async def test_what_can_only_be_sent_to_has_no_head(client: httpx.AsyncClient) -> None:
    assert (await client.head("/api/v1/tokens")).status_code == 405
    assert (await client.head("/nothing")).status_code == 404


async def test_what_is_not_allowed_says_what_is(client: httpx.AsyncClient) -> None:
    for method, url, allowed in (
        ("GET", "/api/v1/tokens", {"POST"}),
        ("DELETE", "/api/v1/me", {"GET", "HEAD"}),
        ("PUT", "/sign-in", {"GET", "HEAD", "POST"}),
        ("HEAD", "/sign-out", {"POST"}),
    ):
        answer = await client.request(method, url)
        assert answer.status_code == 405, url
        assert allowed <= set(answer.headers["allow"].split(", ")), url


def test_a_server_says_the_length_and_keeps_the_connection(live_server: str) -> None:
    with httpx.Client(base_url=live_server) as client:
        for url in ("/api/v1/areas/provinces", "/verify", "/ogc/collections", "/health/live"):
            head, got = client.head(url), client.get(url)
            assert head.status_code == got.status_code == 200
            assert head.content == b""
            assert head.headers["content-type"] == got.headers["content-type"]
            length = head.headers.get("content-length")
            assert length is None or int(length) > 0
            assert length == got.headers.get("content-length") or "form" in got.text


async def test_the_contract_names_no_head(client: httpx.AsyncClient) -> None:
    contract = (await client.get("/api/v1/docs/openapi.json")).json()
    assert not [path for path, item in contract["paths"].items() if "head" in item]
