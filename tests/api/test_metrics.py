"""Figures: counted under route templates, complete, and for the machine room only."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.throttling.throttle import Throttle
from asm.api.metrics import metrics_handlers
from asm.api.problems import handle
from asm.db.session import make_engine, make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.metrics.counted import counted_here
from asm.stays.intake.group_commit import WRITERS, GroupCommit
from local.machine.ports import any_free_port
from tests.faults.worker_process import count
from tests.people import fresh_key, guest, hours_ago, party, sign_in, soon

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(answer: httpx.Response) -> Figures:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float:
    """The figure as it is in this process, 0 before its first count."""
    return counted_here().registry.get_sample_value(name, labels) or 0.0


async def test_requests_are_counted_by_template(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    route = "/api/v1/facilities/{facility_id}/stays"
    labels = {"route": route, "method": "POST", "status": "201"}
    before = value("asm_requests_total", **labels)
    seconds = value("asm_request_seconds_count", route=route, method="POST")
    body = party()
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=body, headers=lan | fresh_key()
    )
    assert answer.status_code == 201
    assert value("asm_requests_total", **labels) == before + 1
    assert value("asm_request_seconds_count", route=route, method="POST") == seconds + 1
    exposition = (await client.get("/metrics")).text
    assert str(cast.hoa_sen) not in exposition
    assert body["guests"][0]["document_number"] not in exposition
    assert not [
        label for label in re.findall(r'="([^"]*)"', exposition) if re.search(r"\d{9}", label)
    ]


async def test_refusals_are_counted_with_their_status(client: httpx.AsyncClient) -> None:
    labels = {"route": "/api/v1/tokens", "method": "POST", "status": "401"}
    before = value("asm_requests_total", **labels)
    answer = await client.post(
        "/api/v1/tokens", json={"login": "nobody", "password": "x" * 12, "label": "x"}
    )
    assert answer.status_code == 401
    assert value("asm_requests_total", **labels) == before + 1


async def test_unknown_addresses_make_no_new_figure(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/no-such-thing-001090123456")).status_code == 404
    assert "no-such-thing" not in (await client.get("/metrics")).text


async def test_declarations_are_counted_once_by_what_became_of_them(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    stays = f"/api/v1/facilities/{cast.hoa_sen}/stays"

    def counts() -> dict[str, float]:
        names = ("accepted", "late", "merged", "changed", "refused")
        return {name: value("asm_declarations_total", outcome=name) for name in names}

    async def send(body: dict[str, Any], key: dict[str, str], **params: Any) -> dict[str, float]:
        before = counts()
        await client.post(stays, json=body, headers=lan | key, params=params)
        return {name: after - before[name] for name, after in counts().items()}

    none = dict.fromkeys(("accepted", "late", "merged", "changed", "refused"), 0.0)
    nameless = guest(full_name="")
    body, key = party(guest(), guest(), nameless, arrived_at=soon()), fresh_key()
    assert await send(body, key) == none | {"accepted": 2.0, "refused": 1.0}
    assert await send(body, key) == none, "a resend"
    assert await send(party(), {}, dry_run=True) == none
    late = party(arrived_at=hours_ago(24 * 9), planned_departure_at=hours_ago(24 * 7))
    assert await send(late, fresh_key()) == none | {"accepted": 1.0, "late": 1.0}
    assert await send(late, fresh_key()) == none | {"merged": 1.0}
    assert await send(late | {"room": "102"}, fresh_key()) == none | {"changed": 1.0}


async def test_the_outbox_shows(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    stays = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    await client.post(stays, json=party(guest(), guest(), guest()), headers=lan | fresh_key())
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE outbox SET dead_at = now() WHERE id = (SELECT id FROM outbox LIMIT 1); ")
        )
    figures = parsed(await client.get("/metrics"))
    states = {state: figures["asm_outbox_rows", (("state", state),)] for state in ("due", "dead")}
    assert states == {"due": 2.0, "dead": 1.0}
    assert figures["asm_outbox_oldest_seconds", ()] > 0
    assert figures["asm_database_up", ()] == 1.0
    assert figures["asm_build_info", (("version", "0.1.0"),)] == 1.0


async def test_figures_come_without_the_database_too() -> None:
    nothing_there = make_engine(f"postgresql://asm_api:x@127.0.0.1:{any_free_port()}/asm")
    app = Litestar(
        route_handlers=metrics_handlers,
        state=State(
            {
                "sessions": make_sessions(nothing_there),
                "commits": GroupCommit(make_sessions(nothing_there)),
                "throttle": Throttle(make_sessions(nothing_there), b"key"),
            }
        ),
        openapi_config=None,
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://x"
    ) as client:
        figures = parsed(await client.get("/metrics"))
    assert figures["asm_database_up", ()] == 0.0
    assert figures["asm_outbox_oldest_seconds", ()] != figures["asm_outbox_oldest_seconds", ()]
    await nothing_there.dispose()


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("8.8.8.8", {}, 404),
        ("nonsense", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 404),
    ],
)
async def test_only_direct_callers_from_nearby_are_answered(
    address: str, headers: dict[str, str], status: int, api_engine: AsyncEngine
) -> None:
    app = Litestar(
        route_handlers=metrics_handlers,
        exception_handlers={Exception: handle},
        state=State(
            {
                "sessions": make_sessions(api_engine),
                "commits": GroupCommit(make_sessions(api_engine)),
                "throttle": Throttle(make_sessions(api_engine), b"key"),
            }
        ),
        openapi_config=None,
    )
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/metrics", headers=headers)
        nowhere = await client.get("/nowhere")
    assert answer.status_code == status
    if status == 404:
        assert answer.content == nowhere.content


async def test_stays_that_wait_for_the_population_database_are_counted(
    client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    count, age = ("asm_identity_checks_waiting", ()), ("asm_identity_checks_oldest_seconds", ())
    figures = parsed(await client.get("/metrics"))
    assert (figures[count], figures[age]) == (0, 0)
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text(
                "INSERT INTO identity_check (facility_id, stay_id, ward_code, guest_record_id, "
                "status, next_attempt_at) SELECT gen_random_uuid(), gen_random_uuid(), '00070', "
                "gen_random_uuid(), status, clock_timestamp() + wait FROM (VALUES "
                "('pending', interval '-1 hour'), ('pending', '1 hour'), ('verified', '-2 hours')) "
                "AS told (status, wait)"
            )
        )
    figures = parsed(await client.get("/metrics"))
    assert figures[count] == 2
    assert 3600 <= figures[age] < 7200


_BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'asm-write' AND wait_event_type = 'Lock'"
)


async def test_who_waits_for_the_next_commit_shows(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    lan = await sign_in(client, cast, "lan")
    stays = f"/api/v1/facilities/{cast.hoa_sen}/stays"

    async def waiting() -> float:
        return parsed(await client.get("/metrics"))["asm_write_queue_rows", ()]

    def send() -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(client.post(stays, json=party(), headers=lan | fresh_key()))

    assert await waiting() == 0
    async with one_transaction(admin_engine) as session:
        await session.execute(text("LOCK TABLE vault.person IN ACCESS EXCLUSIVE MODE"))
        sent = []
        for writer in range(WRITERS):  # each writer has a batch in hand
            sent.append(send())
            while not all(task.done() for task in sent):
                if await count(admin_engine, _BLOCKED) > writer:
                    break
        sent += [send() for _ in range(6)]
        while not (rows := await waiting()) and not all(task.done() for task in sent):
            pass  # each look is a request, which lets the others go on
    assert 0 < rows <= 6  # the others stand in line
    await asyncio.gather(*sent)
    assert await waiting() == 0
