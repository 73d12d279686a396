"""Full queues: what was refused is written down, and a minute of it is an incident by rule."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.sessions import actor_of_login
from asm.db.base import VIETNAM
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.stays.incidents.incident_log import close_incident, list_incidents, withdraw_incident
from asm.stays.incidents.watch_intake import QUIET, SHORTEST, Refused, open_overflow_incident
from asm.stays.intake import group_commit
from tests.notify.messages.rows import change, messages_by_login, rows
from tests.notify.messages.test_host_messages import empty
from tests.people import fresh_key, party, sign_in

#: What the clock shows to the worker.
NOW = datetime(2026, 3, 1, 23, 10, tzinfo=VIETNAM)


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that is full from the start."""
    monkeypatch.setattr(group_commit, "WAITING_ROWS", 0)


@pytest.fixture
async def refusing(no_room: None, client: httpx.AsyncClient) -> httpx.AsyncClient:
    return client


async def declare(client: httpx.AsyncClient, cast: Cast) -> int:
    lan = await sign_in(client, cast, "lan")
    address = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    answer = await client.post(address, json=party(), headers=lan | fresh_key())
    return answer.status_code


async def refusals(engine: AsyncEngine) -> list[Any]:
    return await rows(engine, "SELECT * FROM intake_refusal ORDER BY first_at")


async def refused(engine: AsyncEngine, ago_s: float, lasting_s: float, process: str = "a") -> None:
    first = NOW - timedelta(seconds=ago_s)
    await change(
        engine,
        "INSERT INTO intake_refusal VALUES (:process, :first, :last, 9)",
        process=process, first=first, last=first + timedelta(seconds=lasting_s),
    )  # fmt: skip


async def log(engine: AsyncEngine) -> list[tuple[str, datetime, datetime | None]]:
    async with one_transaction(engine) as session:
        return [
            (incident.cause, incident.started_at, incident.ended_at)
            for incident in await list_incidents(session)
        ]


async def test_what_a_full_queue_refuses_is_written_down(
    refusing: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    assert [await declare(refusing, cast) for _ in range(3)] == [503, 503, 503]
    await app.state.commits._refusals.write()
    await app.state.commits._refusals.write()
    (row,) = await refusals(admin_engine)
    assert (row.refused, row.first_at < row.last_at) == (3, True)
    assert str(cast.hoa_sen) not in str(row)


async def test_a_facility_that_fills_its_own_part_excuses_nobody(
    monkeypatch: pytest.MonkeyPatch,
    client: httpx.AsyncClient,
    app: Litestar,
    cast: Cast,
    admin_engine: AsyncEngine,
) -> None:
    monkeypatch.setattr(app.state.commits._queue, "_most_of_one", 0)
    assert await declare(client, cast) == 503
    await app.state.commits._refusals.write()
    assert await refusals(admin_engine) == []


async def test_while_the_database_is_away_it_is_kept_in_mind(
    refusing: httpx.AsyncClient, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    assert await declare(refusing, cast) == 503
    await change(admin_engine, "ALTER TABLE intake_refusal RENAME TO gone")
    await app.state.commits._refusals.write()
    assert await declare(refusing, cast) == 503
    await change(admin_engine, "ALTER TABLE gone RENAME TO intake_refusal")
    await app.state.commits._refusals.write()
    (row,) = await refusals(admin_engine)
    assert row.refused == 2


async def test_a_minute_of_it_is_an_incident_and_all_are_told(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Two processes, told in pieces; it goes on until nobody was refused for half a minute."""
    for process, ago in (("a", 300), ("b", 280), ("a", 260)):
        await refused(admin_engine, ago, 19, process)
    await refused(admin_engine, 235, 234)
    assert await open_overflow_incident(worker_engine, NOW) == Refused(opened=1, ended=0)
    started = NOW - timedelta(seconds=300)
    assert await log(worker_engine) == [("queue_full", started, None)]
    assert await open_overflow_incident(worker_engine, NOW) is None
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "outage") == dict.fromkeys(
        cast.people.keys() - {"nga", "van"}, 1
    )

    await change(
        admin_engine,
        "UPDATE intake_refusal SET last_at = :last WHERE last_at > :last",
        last=NOW - timedelta(seconds=60),
    )
    assert await open_overflow_incident(worker_engine, NOW) == Refused(opened=0, ended=1)
    ended = NOW - timedelta(seconds=60)
    assert await log(worker_engine) == [("queue_full", started, ended)]
    assert await refusals(admin_engine) == []
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "outage") == dict.fromkeys(
        cast.people.keys() - {"nga", "van"}, 2
    )


async def test_less_than_a_minute_is_none_nor_are_two_short_times(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    short = SHORTEST.total_seconds() - 1
    await refused(admin_engine, 600, short)
    await refused(admin_engine, 600 - short - QUIET.total_seconds() - 1, 20)
    # A clock that was set back: what lies ahead waits.
    await refused(admin_engine, -3600, 100)
    assert await open_overflow_incident(worker_engine, NOW) is None
    assert await log(worker_engine) == []
    assert len(await refusals(admin_engine)) == 1


async def test_a_worker_that_comes_late_opens_and_ends_it_at_once_and_two_do_it_once(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await refused(admin_engine, 3600, 61)
    both = await asyncio.gather(*(open_overflow_incident(worker_engine, NOW) for _ in range(2)))
    assert sorted(both, key=str) == [None, Refused(opened=1, ended=1)]
    ((_, started, ended),) = await log(worker_engine)
    assert ended == started + timedelta(seconds=61)


@pytest.mark.parametrize("deed", ["close", "withdraw"])
async def test_what_an_administrator_decided_stands(
    deed: str, api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await refused(admin_engine, 120, 115)
    await open_overflow_incident(worker_engine, NOW)
    async with one_transaction(api_engine) as session:
        admin = await actor_of_login(session, "admin")
        (incident,) = await list_incidents(session)
        if deed == "close":
            await close_incident(session, admin, incident.number, NOW - timedelta(seconds=90))
        else:
            await withdraw_incident(session, admin, incident.number)
    before = await log(worker_engine)
    await change(admin_engine, "UPDATE intake_refusal SET last_at = :t", t=NOW - QUIET * 1.5)
    assert await open_overflow_incident(worker_engine, NOW) is None
    assert await log(worker_engine) == before
    assert await refusals(admin_engine) == []


async def test_the_workers_login_alone_reads_them(api_engine: AsyncEngine) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with one_transaction(api_engine) as session:
            await session.execute(text("SELECT FROM intake_refusal"))
