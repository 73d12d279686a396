"""What holds for the whole JSON interface: who may call, how refusals look, what a fault gives."""

import json
import re
import subprocess
import sys

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.metrics.counted import counted_here
from asm.settings import Settings
from tests.conftest import Database
from tests.outage import database_away
from tests.people import fresh_key, party, sign_in
from tests.serve import environment
from tests.services import TestServices

#: Handlers that anyone may call. Adding one here is a decision.
PUBLIC = {
    "issueToken", "signUp", "listProvinces", "listWards", "wardAt", "wardHistory", "mapOldUnit",
    "listFacilityKinds",
    "listDocumentTypes", "listReasons", "listRules", "listReceiptKeys", "verifyReceipt",
    "issueClientToken", "figureDefinitions",
    "sendGateCounts",
    "revokeDevice",
}  # fmt: skip

#: A handler that takes one of these cannot be called by a stranger.
SAYS_WHO = {"actor", "in_scope", "in_ward", "access", "stay_at"}
#: What stands for a parameter of each type.
BLANKS = {"uuid": "00000000-0000-0000-0000-000000000000", "date": "2026-03-05", "str": "00070"}


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    return [
        handler
        for route in app.routes
        if route.path.startswith("/api/v1/")
        for handler in getattr(route, "route_handlers", [])
        if handler.operation_id is not None
    ]


async def test_public_handlers_are_listed(app: Litestar) -> None:
    open_to_all = {
        str(handler.operation_id)
        for handler in handlers(app)
        if not SAYS_WHO & handler.parsed_fn_signature.parameters.keys()
    }
    assert open_to_all == PUBLIC


async def test_every_other_handler_refuses_a_stranger(
    app: Litestar, client: httpx.AsyncClient
) -> None:
    tried = 0
    for handler in handlers(app):
        if handler.operation_id in PUBLIC:
            continue
        for path in handler.paths:
            filled = re.sub(r"{\w+:(\w+)}", lambda part: BLANKS[part[1]], path)
            url = f"/api/v1{filled}"
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                answer = await client.request(method, url, json={})
                assert answer.status_code in {401, 422}, (method, url, answer.text)
                assert answer.headers["content-type"].startswith("application/problem+json")
                tried += 1
    assert tried > 25


async def test_an_unknown_path_is_a_problem_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.json()["code"] == "route_not_found"


async def test_the_version_is_the_same_wherever_it_is_told(client: httpx.AsyncClient) -> None:
    document = await client.get("/api/v1/docs/openapi.json")
    version = document.json()["info"]["version"]
    refused = await client.get("/api/v1/me")
    for answer in (document, refused):
        assert answer.headers["asm-contract-version"] == version
    page = await client.get("/sign-in")
    assert "asm-contract-version" not in page.headers


async def test_broken_json_is_named(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        content=b'{"guests": [',
        headers=lan | fresh_key() | {"content-type": "application/json"},
    )
    assert 400 <= answer.status_code < 500
    problem = answer.json()
    assert problem["code"]
    assert problem["detail"]
    assert problem["detail_en"]


async def test_a_cookie_is_no_sign_in_for_software(client: httpx.AsyncClient, cast: Cast) -> None:
    """A page of another site can make a browser send cookies: here they count for nothing."""
    lan = await sign_in(client, cast, "lan")
    token = lan["Authorization"].removeprefix("Bearer ")
    for name in ("asm", "__Host-asm"):
        answer = await client.get("/api/v1/me", headers={"Cookie": f"{name}={token}"})
        assert answer.status_code == 401


async def test_a_commit_that_fails_is_never_a_receipt(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    """A deferred constraint makes COMMIT itself fail: the answer must not be 201."""
    lan = await sign_in(client, cast, "lan")
    await admin_session.execute(
        text(
            "CREATE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
    )
    await admin_session.execute(
        text(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON stay_version "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_at_commit()"
        )
    )
    await admin_session.commit()
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    assert answer.status_code >= 500
    assert "receipt" not in answer.text
    count = await admin_session.execute(text("SELECT count(*) FROM stay"))
    assert count.scalar_one() == 0


async def test_the_database_away_is_503_with_retry_after(
    client: httpx.AsyncClient, cast: Cast, services: TestServices, database: Database
) -> None:
    lan = await sign_in(client, cast, "lan")
    body, key = party(), fresh_key()
    url = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    async with database_away(services, database):
        away = await client.post(url, json=body, headers=lan | key)
    assert away.status_code == 503, away.text
    assert int(away.headers["retry-after"]) > 0
    back = await client.post(url, json=body, headers=lan | key)
    assert back.status_code == 201, back.text


@pytest.mark.parametrize(
    "path",
    ["/areas/provinces", "/areas/wards?province=01", "/areas/wards?q=hoan%20kiem",
     "/catalogues/facility-kinds", "/catalogues/document-types", "/catalogues/reasons",
     "/rules", "/receipts/keys"],
)  # fmt: skip
async def test_public_catalogues_answer(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1" + path)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.content)


async def test_a_receipt_is_checked_by_anyone(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    declared = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    receipt = declared.json()["results"][0]["receipt"]
    said = await client.post("/api/v1/receipts/verify", json={"text": receipt["token"]})
    assert said.json()["number"] == receipt["number"]
    at = f"/api/v1/facilities/{cast.hoa_sen}/stays/{receipt['stay_id']}/receipt.svg"
    assert (await client.get(at, headers=lan)).text.count("<svg") == 1


async def test_every_answer_has_an_id_of_ours(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/api/v1/me", headers={"X-Request-Id": "mine"}) for _ in range(2)]
    names = {answer.headers["x-request-id"] for answer in answers}
    assert len(names) == 2
    assert "mine" not in names


def test_numbers_are_masked_in_the_logs_of_the_running_application(settings: Settings) -> None:
    """The framework must not put its own handlers in place of ours."""
    program = (
        "import logging; from asm.app import create_app; create_app(); "
        "logging.getLogger('library').warning('number 001090123456 of ?name=Lan')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(settings, 8000),
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout + done.stderr
    assert "library" in said
    assert "001090123456" not in said
    assert "Lan" not in said


async def test_refused_declarations_are_counted(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    refused = counted_here().outcomes["refused"]
    before = refused._value.get()
    await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        json=party({"card_qr": "nonsense"}),
        headers=lan | fresh_key(),
    )
    assert refused._value.get() == before + 1
