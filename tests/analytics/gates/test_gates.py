"""Gates send numbers for intervals, by their own secret, and see nothing else."""

import asyncio
import uuid
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.analytics.gates.gate_figures import GateFigures, gates_of
from asm.analytics.gates.register import FreshGate, add_gate, end_gate, renew_gate
from asm.analytics.questions.area import Area
from asm.analytics.questions.span import Span
from asm.db.base import VIETNAM, new_id
from asm.db.locks import Lock, hold_of
from asm.db.rls import enter_scope
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.errors import Invalid, NotFound
from tests.accounts.locks import waits_for_a_lock

YESTERDAY = datetime.now(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
    days=1
)


def interval(hour: float, hours: float = 1, came_in: int = 5, went_out: int = 3) -> dict[str, Any]:
    """Of yesterday, whatever the hour is now."""
    begin = YESTERDAY + timedelta(hours=hour)
    return {
        "starts_at": begin.isoformat(),
        "ends_at": (begin + timedelta(hours=hours)).isoformat(),
        "came_in": came_in,
        "went_out": went_out,
    }


@pytest.fixture
async def gate(worker_engine: AsyncEngine) -> FreshGate:
    async with one_transaction(worker_engine) as session:
        return await add_gate(session, None, WARD_A, "Cổng đền Ngọc Sơn", "ticket_gate")


async def send(
    client: httpx.AsyncClient, gate: FreshGate, *counts: dict[str, Any], status: int = 200
) -> Any:
    answer = await client.post(
        f"/api/v1/gates/{gate.id}/counts",
        json={"counts": list(counts)},
        headers={"Authorization": f"Bearer {gate.secret}"},
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_same_interval_once_and_corrected(
    client: httpx.AsyncClient, gate: FreshGate, admin_session: AsyncSession
) -> None:
    both = [interval(8), interval(9)]
    assert await send(client, gate, *both) == {"new": 2, "corrected": 0, "known": 0}
    assert await send(client, gate, *both) == {"new": 0, "corrected": 0, "known": 2}
    changed = [interval(8, came_in=50), interval(9)]
    assert await send(client, gate, *changed) == {"new": 0, "corrected": 1, "known": 1}
    rows = await admin_session.execute(
        text("SELECT came_in, version FROM gate_count ORDER BY starts_at")
    )
    assert [tuple(row) for row in rows] == [(50, 2), (5, 1)]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("ends_at", (YESTERDAY + timedelta(hours=8)).isoformat(), "gate_interval"),
        ("ends_at", (YESTERDAY + timedelta(hours=33)).isoformat(), "gate_interval"),
        (
            "ends_at",
            (YESTERDAY + timedelta(hours=8, seconds=59)).isoformat(),
            "gate_interval_short",
        ),
        ("starts_at", "2026-11-20T08:00:00", "gate_zone_missing"),
        ("came_in", -1, "gate_heads"),
        ("went_out", 1_000_001, "gate_heads"),
    ],
)
async def test_what_cannot_be_names_field_and_remedy(
    client: httpx.AsyncClient, gate: FreshGate, field: str, value: object, code: str
) -> None:
    problem = await send(client, gate, interval(3), interval(8) | {field: value}, status=422)
    assert (f"/counts/1/{field}", code) in [
        (error["pointer"], error["code"]) for error in problem["errors"]
    ]
    # All or none.
    assert (await send(client, gate, interval(3)))["new"] == 1


async def test_a_clock_that_is_ahead(client: httpx.AsyncClient, gate: FreshGate) -> None:
    ends = datetime.now(VIETNAM) + timedelta(minutes=90)
    count = interval(0) | {
        "starts_at": (ends - timedelta(hours=1)).isoformat(),
        "ends_at": ends.isoformat(),
    }
    problem = await send(client, gate, count, status=422)
    assert problem["errors"][0]["code"] == "gate_clock_ahead"
    assert "90" in problem["errors"][0]["message"]


async def test_overlaps_are_refused_naming_both(client: httpx.AsyncClient, gate: FreshGate) -> None:
    await send(client, gate, interval(8, 2))
    for other in (interval(9), interval(7, 1.5), interval(8, 1), interval(7, 4)):
        problem = await send(client, gate, other, status=409)
        assert problem["code"] == "gate_overlap"
        assert "T08:00:00+07:00" in problem["detail"]
        assert datetime.fromisoformat(other["ends_at"]).isoformat() in problem["detail"]
    problem = await send(client, gate, interval(12), interval(12, 0.5), status=409)
    assert problem["code"] == "gate_overlap"
    assert (await send(client, gate, interval(10), interval(7)))["new"] == 2  # they touch


@pytest.mark.parametrize("extra", ["image", "plate", "person", "name"])
async def test_nothing_of_a_person_can_be_sent(
    client: httpx.AsyncClient, gate: FreshGate, extra: str
) -> None:
    problem = await send(client, gate, interval(8) | {extra: "x"}, status=422)
    assert any(error["pointer"].endswith(f"/{extra}") for error in problem["errors"]), problem
    assert (await send(client, gate, interval(8)))["new"] == 1  # nothing was stored before


async def test_only_its_own_secret_opens_a_gate(
    client: httpx.AsyncClient, gate: FreshGate, worker_engine: AsyncEngine
) -> None:
    async with one_transaction(worker_engine) as session:
        other = await add_gate(session, None, WARD_B, "Camera cổng sau", "camera")
    for stranger in (
        FreshGate(id=gate.id, secret=other.secret),
        FreshGate(id=uuid.uuid4(), secret=gate.secret),
        FreshGate(id=gate.id, secret="asmg_x"),
    ):
        await send(client, stranger, interval(8), status=401)
    async with one_transaction(worker_engine) as session:
        fresh = await renew_gate(session, None, gate.id)
    await send(client, gate, interval(8), status=401)
    await send(client, fresh, interval(8))
    async with one_transaction(worker_engine) as session:
        await end_gate(session, None, gate.id)
    await send(client, fresh, interval(9), status=401)
    assert fresh.secret not in repr(fresh)


async def test_a_gate_that_cannot_be_registered(worker_engine: AsyncEngine) -> None:
    for ward, label, kind, error in (
        ("99999", "Cổng", "camera", NotFound),
        (WARD_A, "x", "camera", Invalid),
        (WARD_A, "Cổng", "turnstile", Invalid),
    ):
        with pytest.raises(error):
            async with one_transaction(worker_engine) as session:
                await add_gate(session, None, ward, label, kind)


async def figures(session: AsyncSession, ward_code: str, before: int = 1) -> list[GateFigures]:
    actor = Actor(
        id=new_id(), login="officer", display_name="Cán bộ", role="ward_officer", language="vi",
        ward_code=ward_code, facility_ids=frozenset(), now=datetime.now(VIETNAM),
    )  # fmt: skip
    await enter_scope(session, actor=actor.id, role=actor.role, ward=ward_code, facilities=())
    day = YESTERDAY.date()
    span = Span(first=day - timedelta(days=before), last=day)
    return await gates_of(Scope(session, actor), Area(kind="ward", code=ward_code), span)


async def test_figures_by_day_for_whose_ward_it_is(
    client: httpx.AsyncClient, gate: FreshGate, api_engine: AsyncEngine
) -> None:
    await send(client, gate, interval(0), interval(23), interval(-1, came_in=9))
    async with one_transaction(api_engine) as session:
        [own] = await figures(session, WARD_A)
    assert [(each.day, each.came_in, each.went_out) for each in own.days] == [
        (YESTERDAY.date() - timedelta(days=1), 9, 3), (YESTERDAY.date(), 10, 6),
    ]  # fmt: skip
    assert own.came_in == 19
    async with one_transaction(api_engine) as session:
        assert await figures(session, WARD_B) == []
    async with one_transaction(api_engine) as session:
        unscoped = await session.execute(text("SELECT count(*) FROM gate_count"))
        assert unscoped.scalar_one() == 0


async def test_as_many_heads_as_may_be_sent_can_be_read(
    client: httpx.AsyncClient, gate: FreshGate, admin_session: AsyncSession,
    api_engine: AsyncEngine,
) -> None:  # fmt: skip
    """A camera gone mad: the sum is more than four bytes hold, and the page still opens."""
    await admin_session.execute(
        text(
            "INSERT INTO gate_count (gate_id, starts_at, ends_at, came_in, went_out) "
            "SELECT :gate, CAST(:begin AS timestamptz) + n * interval '1 min', "
            "CAST(:begin AS timestamptz) + (n + 1) * interval '1 min', 1000000, 1000000 "
            "FROM generate_series(0, 2999) n"
        ),
        {"gate": gate.id, "begin": YESTERDAY - timedelta(hours=48)},
    )
    await admin_session.commit()
    async with one_transaction(api_engine) as session:
        [own] = await figures(session, WARD_A, 2)
    assert own.came_in == 3_000_000_000
    assert isinstance(own.days[0].came_in, int)
    # Among as many, one that is in the way of some is found, and one that is not goes in.
    problem = await send(client, gate, interval(5), interval(1.5, 0.5), status=409)
    assert "T01:30:00+07:00" in problem["detail"]
    assert (await send(client, gate, interval(5), interval(20)))["new"] == 2
    same = interval(0, 1 / 60, came_in=1_000_000, went_out=1_000_000)
    assert await send(client, gate, same, interval(21)) == {"new": 1, "corrected": 0, "known": 1}


async def test_gates_do_not_wait_for_each_other(
    client: httpx.AsyncClient, gate: FreshGate, worker_engine: AsyncEngine,
    api_engine: AsyncEngine, admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    async with one_transaction(worker_engine) as session:
        other = await add_gate(session, None, WARD_B, "Camera cổng sau", "camera")
    async with one_transaction(api_engine) as session:
        await hold_of(session, Lock.COUNT_GATES, gate.id)
        assert (await send(client, other, interval(8)))["new"] == 1
        mine = asyncio.create_task(send(client, gate, interval(8)))
        while not await waits_for_a_lock(admin_engine):
            await asyncio.wait({mine}, timeout=0.01)
        assert not mine.done()
    assert (await mine)["new"] == 1
