"""Every change may be sent again under its key: it is done once, and answered as it was."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.answers.keep_answer import ANSWER_KEPT_DAYS
from asm.api.contract import operations
from asm.demo.cast import Cast
from asm.stays.intake.idempotency import KEPT_DAYS
from tests.people import sign_in

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
#: They change nothing: sent again they answer what is so by then.
READS = {
    "wardAt", "mapOldUnit", "verifyReceipt", "markWorkbook", "readCardQr", "readMrz",
    "readCardImage", "readPassportImage", "findAddresses", "nearestAddresses", "addressAt",
}  # fmt: skip
#: They change something and take no key, for a reason.
WITHOUT = {
    "issueToken": "another token harms nobody; a secret is kept nowhere",
    "issueClientToken": "the standard's form; a refresh that is sent again has its own answer",
    "revokeDevice": "twice is once (RFC 7009)",
    "signUp": "nobody has an account yet whose key it could be; the name is taken then",
    "changePassword": "ends what is signed in; the new password says that it was done",
    "outboxKey": "the same for the same phone",
    "issuePasswordCode": "a secret that is shown once; another one takes its place",
    "inviteMember": "a secret that is shown once; it can be withdrawn",
    "sendGateCounts": "an interval of a gate is kept once",
    "sendBatch": "each of its items has its own",
}


async def test_every_post_takes_a_key_or_says_why_not(client: httpx.AsyncClient) -> None:
    contract = (await client.get("/api/v1/docs/openapi.json")).json()
    posts = {
        operation["operationId"]: operation
        for item in contract["paths"].values()
        for method, operation in item.items()
        if method == "post"
    }
    taking = {
        name
        for name, operation in posts.items()
        if any(parameter["name"] == KEY for parameter in operation.get("parameters", []))
    }
    assert taking | READS | WITHOUT.keys() == posts.keys()
    assert not taking & (READS | WITHOUT.keys())
    for name in taking - {"declareStay", "importWorkbook"}:
        done = [s for s in posts[name]["responses"] if s.startswith("2")]
        for status in done:
            assert REPLAYED in posts[name]["responses"][status]["headers"], name
    assert len(list(operations(contract))) > len(posts)


def registration(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "boarding_house", "name": "Nhà trọ Thử", "address_text": "9 ngõ Thử",
        "lat": 21.0289, "lon": 105.8525, "rooms": [{"name": "1", "beds": 2}], **changes,
    }  # fmt: skip


@pytest.fixture
async def hai(client: httpx.AsyncClient, cast: Cast) -> dict[str, str]:
    return await sign_in(client, cast, "hai")


async def register(
    client: httpx.AsyncClient, who: dict[str, str], key: str, **changes: Any
) -> httpx.Response:
    return await client.post(
        "/api/v1/facilities", json=registration(**changes), headers=who | {KEY: key}
    )


async def count(session: AsyncSession) -> int:
    await session.rollback()
    return int((await session.execute(text("SELECT count(*) FROM facility"))).scalar_one())


async def test_registered_once_and_answered_twice(
    client: httpx.AsyncClient, hai: dict[str, str], admin_session: AsyncSession
) -> None:
    key, before = str(uuid.uuid4()), await count(admin_session)
    first = await register(client, hai, key)
    second = await register(client, hai, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
    assert first.json() == second.json()
    assert await count(admin_session) == before + 1
    assert (await register(client, hai, str(uuid.uuid4()))).status_code == 201
    assert await count(admin_session) == before + 2


async def test_two_at_once_are_one(
    client: httpx.AsyncClient, hai: dict[str, str], admin_session: AsyncSession
) -> None:
    key, before = str(uuid.uuid4()), await count(admin_session)
    answers = await asyncio.gather(*(register(client, hai, key) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert len(set(done)) == 1
    assert await count(admin_session) == before + 1


async def test_another_request_under_the_key_is_refused(
    client: httpx.AsyncClient, hai: dict[str, str]
) -> None:
    key = str(uuid.uuid4())
    await register(client, hai, key)
    other = await register(client, hai, key, name="Nhà trọ Khác")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await client.post("/api/v1/notices/read", json={}, headers=hai | {KEY: key})
    assert elsewhere.json()["code"] == "idempotency_key_reused"


async def test_a_refusal_is_not_kept(client: httpx.AsyncClient, hai: dict[str, str]) -> None:
    """What was mended meanwhile goes under the same key: nothing was done before."""
    key = str(uuid.uuid4())
    refused = await register(client, hai, key, kind="castle")
    assert refused.status_code == 422
    assert (await register(client, hai, key)).status_code == 201


@pytest.mark.parametrize("key", ["short", "x" * 129, "with\ttab"])
async def test_what_is_no_key(client: httpx.AsyncClient, hai: dict[str, str], key: str) -> None:
    answer = await client.post("/api/v1/facilities", json=registration(), headers=hai | {KEY: key})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_malformed")


async def test_a_key_is_of_one_account(
    client: httpx.AsyncClient, cast: Cast, hai: dict[str, str], admin_session: AsyncSession
) -> None:
    key = str(uuid.uuid4())
    first = await register(client, hai, key)
    lan = await sign_in(client, cast, "lan")
    other = await register(client, lan, key)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    assert REPLAYED not in other.headers


async def test_a_deed_of_an_officer(client: httpx.AsyncClient, cast: Cast) -> None:
    hai, minh = [await sign_in(client, cast, login) for login in ("hai", "minh")]
    new = (await register(client, hai, str(uuid.uuid4()))).json()["id"]
    key = {KEY: str(uuid.uuid4())}
    path = f"/api/v1/facilities/{new}/activation"
    first, second = [await client.post(path, headers=minh | key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200), first.text
    assert first.json() == second.json()
    assert second.headers[REPLAYED] == "true"


async def test_what_is_kept_is_sealed(
    client: httpx.AsyncClient, hai: dict[str, str], admin_session: AsyncSession
) -> None:
    key = str(uuid.uuid4())
    await register(client, hai, key, phone="0912000111")
    row = (
        await admin_session.execute(
            text("SELECT sealed, fingerprint FROM account_answer WHERE key = :key"), {"key": key}
        )
    ).one()
    assert b"0912000111" not in bytes(row.sealed) + bytes(row.fingerprint)
    assert "Thử".encode() not in bytes(row.sealed)


async def test_without_a_key_nothing_is_kept(
    client: httpx.AsyncClient, hai: dict[str, str], admin_session: AsyncSession
) -> None:
    kept = text("SELECT count(*) FROM account_answer")
    before = (await admin_session.execute(kept)).scalar_one()
    assert (
        await client.post("/api/v1/facilities", json=registration(), headers=hai)
    ).status_code == 201
    await admin_session.rollback()
    assert (await admin_session.execute(kept)).scalar_one() == before


def _is_class(kind: tuple[Any, ...]) -> bool:
    return bool(kind) and isinstance(kind[0], type)


def test_each_handler_that_keeps_is_signed_in(app: Litestar) -> None:
    """The key is an account's: a handler without one could keep nothing."""
    wrapped: list[HTTPRouteHandler] = [
        handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if getattr(handler.fn, "__wrapped__", None) is not None
    ]
    assert len(wrapped) > 20
    for handler in wrapped:
        kinds = [get_args(kind)[:1] for kind in handler.fn.__annotations__.values()]
        assert any(kind and issubclass(kind[0], Scope) for kind in kinds if _is_class(kind)), (
            handler
        )


def test_kept_as_long_as_stays_are() -> None:
    assert timedelta(days=ANSWER_KEPT_DAYS) == timedelta(days=KEPT_DAYS)
