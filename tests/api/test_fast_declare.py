"""The short way answers as the long one does, and leaves alone what it does not know."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from asm.api.v1 import fast_declare
from asm.demo.cast import Cast
from tests.people import card_text, fresh_key, guest, party, sign_in


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What went the short way."""
    went: list[object] = []
    answer = fast_declare._answer  # what every request on it passes

    async def counted(*arguments: Any) -> None:
        went.append(arguments[2])
        await answer(*arguments)

    monkeypatch.setattr(fast_declare, "_answer", counted)
    return went


def url(cast: Cast) -> str:
    return f"/api/v1/facilities/{cast.hoa_sen}/stays"


@pytest.mark.parametrize(
    "body",
    [
        party(),
        party(guest(), guest(full_name="?", birth_date=None)),
        party({"card_qr": card_text()}),
        party(guest(nationality="FRA", document_type=3, document_number="X1234567")),
    ],
    ids=["one", "one refused", "card", "foreigner"],
)
async def test_both_ways_give_one_answer(
    client: httpx.AsyncClient, cast: Cast, short: list[object], body: dict[str, Any]
) -> None:
    lan, key = await sign_in(client, cast, "lan"), fresh_key()
    first = await client.post(url(cast), json=body, headers=lan | key)
    assert len(short) == 1
    again = await client.post(f"{url(cast)}?dry_run=false", json=body, headers=lan | key)
    assert len(short) == 1  # a query is for the handler
    if first.status_code == 201:
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json() | {"replayed": True}
    else:  # nobody was taken, so nothing is remembered
        assert (again.status_code, again.json()) == (first.status_code, first.json())
    varying = {"x-request-id", "date", "content-length", "idempotency-replayed"}
    assert again.headers.keys() - varying == first.headers.keys() - varying
    assert again.headers["content-type"] == first.headers["content-type"]


async def test_a_refusal_is_the_same(
    client: httpx.AsyncClient, cast: Cast, short: list[object]
) -> None:
    for who in ("minh", "hai", "admin"):
        other = await sign_in(client, cast, who)
        answers = [
            await client.post(f"{url(cast)}{query}", json=party(), headers=other | fresh_key())
            for query in ("", "?dry_run=false")
        ]
        assert answers[0].status_code == answers[1].status_code >= 400
        assert answers[0].content == answers[1].content
    wrong = {"Authorization": "Bearer asm_nobody"} | fresh_key()
    assert (await client.post(url(cast), json=party(), headers=wrong)).status_code == 401
    assert len(short) == 4


@pytest.mark.parametrize(
    ("changes", "content", "status"),
    [
        ({"Idempotency-Key": ""}, None, 422),
        ({"Content-Type": "text/plain"}, None, 201),
        ({}, b"{", 400),
        ({}, b'{"guests": 1}', 400),
        ({}, json.dumps(party() | {"unknown": 1}).encode(), 400),
        ({}, json.dumps(party(*(guest() for _ in range(99)))).encode(), 201),
    ],
    ids=["no key", "not JSON", "broken", "wrong type", "unknown field", "large"],
)
async def test_what_is_not_plain_is_the_handlers(
    client: httpx.AsyncClient,
    cast: Cast,
    short: list[object],
    changes: dict[str, str],
    content: bytes | None,
    status: int,
) -> None:
    lan = await sign_in(client, cast, "lan")
    headers = {"Content-Type": "application/json"} | lan | fresh_key() | changes
    body = json.dumps(party()).encode() if content is None else content
    answer = await client.post(url(cast), content=body, headers=headers)
    assert short == []
    assert answer.status_code in {status, 422}, answer.text
    if answer.status_code >= 400:
        assert answer.json()["errors"] or answer.json()["detail"]


async def test_a_body_in_pieces_is_the_handlers(
    client: httpx.AsyncClient, cast: Cast, short: list[object]
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        body = json.dumps(party()).encode()
        yield body[:40]
        yield body[40:]

    lan = await sign_in(client, cast, "lan")
    headers = {"Content-Type": "application/json"} | lan | fresh_key()
    answer = await client.post(url(cast), content=pieces(), headers=headers)
    assert (answer.status_code, short) == (201, [])
