"""The token endpoint: the standard's form and errors, and what is tried too often."""

import re
from base64 import b64encode
from datetime import timedelta

import httpx
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.accounts.throttling.doors import HOTEL, STRANGER, coming_from, time_passes
from tests.facilities.software.makers import GRANT, TOKEN_URL, Maker, ask_token, basic, bearer

DAY = timedelta(days=1)


def with_basic(pair: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(pair).decode()}


#: Form, headers, status, error: as RFC 6749 (sections 2.3, 2.3.1, 3.2, 5.2) has them.
ODD: list[tuple[dict[str, object], int, str]] = [
    ({"data": {}}, 400, "invalid_request"),
    ({"data": {"grant_type": ""}}, 400, "invalid_request"),
    ({"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
    ({"data": GRANT}, 401, "invalid_client"),
    ({"data": GRANT | {"client_id": "sw-x"}}, 401, "invalid_client"),
    ({"data": GRANT | {"client_id": "sw-x", "client_secret": "y"}}, 401, "invalid_client"),
    ({"data": GRANT, "headers": basic("sw-x", "y")}, 401, "invalid_client"),
    ({"data": GRANT, "headers": {"Authorization": "Bearer x"}}, 401, "invalid_client"),
    ({"data": GRANT, "headers": {"Authorization": "Basic !!!"}}, 401, "invalid_client"),
    ({"data": GRANT, "headers": with_basic(b"no colon")}, 401, "invalid_client"),
    ({"data": GRANT, "headers": with_basic(b"\xff:\xff")}, 401, "invalid_client"),
    ({"data": GRANT, "headers": with_basic(b"a%00b:c%00d")}, 401, "invalid_client"),
    ({"data": GRANT | {"scope": "everything"}}, 400, "invalid_scope"),
    ({"json": GRANT}, 400, "invalid_request"),
    ({"content": b"grant_type=client_credentials"}, 400, "invalid_request"),
    ({"data": GRANT | {"client_id": "a", "client_secret": "b"}, "headers": basic("a", "b")}, 400,
     "invalid_request"),
    ({"data": GRANT | {"client_id": "other"}, "headers": basic("a", "b")}, 400, "invalid_request"),
    ({"data": GRANT, "params": {"client_id": "a", "client_secret": "b"}}, 400, "invalid_request"),
    ({"content": b"grant_type=client_credentials&grant_type=client_credentials",
      "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400, "invalid_request"),
    ({"content": b"grant_type=%ff", "headers": {
        "Content-Type": "application/x-www-form-urlencoded"}}, 400, "invalid_request"),
    ({"data": GRANT | {"padding": "x" * 9000}}, 400, "invalid_request"),
    ({"data": GRANT | {f"x{n}": "y" for n in range(30)}}, 400, "invalid_request"),
]  # fmt: skip


async def test_errors_are_the_standards_own(client: httpx.AsyncClient) -> None:
    for sent, status, error in ODD:
        answer = await client.post(TOKEN_URL, **sent)  # type: ignore[arg-type]
        body = answer.json()
        assert (answer.status_code, body["error"]) == (status, error), sent
        assert answer.headers["cache-control"] == "no-store"
        assert ("www-authenticate" in answer.headers) is (status == 401)
        # What section 5.2 allows in a description; and the same for people in Vietnamese.
        assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", body["error_description"])
        assert body["detail"]


async def test_credentials_in_the_form_are_taken_too(
    owner: Maker, client: httpx.AsyncClient
) -> None:
    client_id, secret = await owner.make()
    for more, headers in (
        ({"client_id": client_id, "client_secret": secret}, {}),
        ({"client_id": client_id, "client_secret": secret, "scope": "declare"}, {}),
        # Some libraries send the id in the form, too; unknown fields are ignored (section 3.2).
        ({"client_id": client_id, "audience": "x"}, basic(client_id, secret)),
    ):
        answer = await client.post(TOKEN_URL, data=GRANT | more, headers=headers)
        assert answer.status_code == 200, answer.text


async def test_wrong_secrets_of_strangers_stop_strangers_alone(
    owner: Maker, app: Litestar, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    client_id, secret = await owner.make()
    async with coming_from(app, STRANGER) as stranger:
        known, unknown = [
            [await ask_token(stranger, name, "asms_wrong") for _ in range(7)]
            for name in (client_id, "sw-nobody")
        ]
        assert [answer.status_code for answer in known] == [401] * 5 + [429] * 2
        assert [answer.content for answer in known] == [answer.content for answer in unknown]
        assert known[-1].json()["error"] == "temporarily_unavailable"
        assert 0 < int(known[-1].headers["retry-after"]) <= 15
        # What is right needs no luck: 256 random bits are not guessed. It passes everywhere.
        assert (await ask_token(stranger, client_id, secret)).status_code == 200
        await time_passes(admin_engine, DAY)
        assert (await ask_token(stranger, client_id, "asms_wrong")).status_code == 401
    async with coming_from(app, HOTEL) as software:
        assert (await ask_token(software, client_id, secret)).status_code == 200


async def test_software_that_asks_for_a_token_each_time_fills_no_trail(
    owner: Maker, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    client_id, secret = await owner.make()
    async with admin_engine.begin() as connection:
        await bearer(client, client_id, secret)
        # As if it had asked 299 times.
        await connection.execute(
            text("UPDATE tries SET empty_at = clock_timestamp() + interval '2990 seconds'")
        )
    assert (await ask_token(client, client_id, secret)).status_code == 200
    refused = await ask_token(client, client_id, secret)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 15
