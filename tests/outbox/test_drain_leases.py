"""The outbox when workers meet, are cut off or die: each row once, and none for ever."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import make_engine, one_transaction
from asm.outbox.counts import outbox_depth
from asm.outbox.drain import LEASE_RAN_OUT, MAX_ATTEMPTS, Event, drain
from asm.outbox.retry import retry_row
from tests.conftest import Database
from tests.outbox.rows import (
    TOPIC,
    effects,
    make_due,
    outbox,
    put,
    write_down,
)


async def test_two_workers_at_once_do_nothing_twice(
    database: Database, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    names = [f"{number:03}" for number in range(120)]
    await put(worker_engine, *names)
    other = make_engine(database.worker_url, name="other-worker")

    async def until_empty(engine: AsyncEngine) -> int:
        done = 0
        while True:
            report = await drain(engine, {TOPIC: write_down}, limit=7)
            done += report.done
            if report.leading and not report.remaining:
                return done
            await asyncio.sleep(0)

    try:
        counts = await asyncio.gather(until_empty(worker_engine), until_empty(other))
    finally:
        await other.dispose()
    assert sum(counts) == len(names)
    assert await effects(admin_engine) == names


async def test_who_does_not_lead_looks_at_nothing(
    database: Database, worker_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a")
    other = make_engine(database.worker_url, name="other-worker")
    reports = []

    async def while_leading(session: AsyncSession, events: Sequence[Event]) -> None:
        reports.append(await drain(other, {TOPIC: write_down}))

    try:
        assert (await drain(worker_engine, {TOPIC: while_leading})).done == 1
    finally:
        await other.dispose()
    assert [(report.leading, report.done) for report in reports] == [(False, 0)]


async def test_a_lost_connection_leaves_everything_as_it_was(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a", "b")

    async def cut(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        backend = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with one_transaction(admin_engine) as other:
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        await session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError):
        await drain(worker_engine, {TOPIC: cut})
    rows = (await outbox(admin_engine)).values()
    assert {(row.attempts, row.last_error) for row in rows} == {(1, None)}
    assert await effects(admin_engine) == []
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 0
    await make_due(admin_engine)
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 2


async def test_a_cancelled_drain_leaves_everything_as_it_was(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a")
    begun = asyncio.Event()

    async def hang(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(drain(worker_engine, {TOPIC: hang}))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await effects(admin_engine) == []
    await make_due(admin_engine)
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 1


async def test_a_claimed_batch_is_leased_and_comes_back_by_itself(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a")
    seen: list[Any] = []

    async def look(session: AsyncSession, events: Sequence[Event]) -> None:
        seen.extend((await outbox(admin_engine)).values())
        async with one_transaction(worker_engine) as other:
            seen.append(await outbox_depth(other))
            # An operator's second chance leaves alone what a worker has in its hands.
            seen.append(await retry_row(other, events[0].id))
        raise ConnectionAbortedError

    await drain(worker_engine, {TOPIC: look})
    claimed, depth, retried = seen
    assert claimed.leased_until == claimed.next_attempt_at > claimed.created_at
    assert (claimed.attempts, claimed.last_error) == (1, None)
    assert (depth.waiting, depth.leased, depth.due) == (1, 1, 0)
    assert retried == []
    (after,) = (await outbox(admin_engine)).values()
    assert (after.attempts, after.leased_until) == (1, None)


async def kill_workers_with(engine: AsyncEngine, admin_engine: AsyncEngine, name: str) -> int:
    """Drain as workers do that die whenever they come to one row; how many died."""

    async def die(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        if name in {event.payload["name"] for event in events}:
            raise asyncio.CancelledError

    died = 0
    for _ in range(100):
        try:
            report = await drain(engine, {TOPIC: die})
        except asyncio.CancelledError:
            died += 1
        else:
            if not report.remaining and not await outbox_waits(admin_engine):
                return died
        await make_due(admin_engine)
    raise AssertionError("the row is tried for ever")


async def outbox_waits(admin_engine: AsyncEngine) -> bool:
    return any(row.dead_at is None for row in (await outbox(admin_engine)).values())


async def test_a_row_that_kills_its_worker_is_left_alone_in_the_end(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    names = [f"{number:03}" for number in range(250)]
    await put(worker_engine, *names)
    died = await kill_workers_with(worker_engine, admin_engine, "117")
    assert died == MAX_ATTEMPTS
    left = await outbox(admin_engine)
    assert set(left) == {"117"}
    assert (left["117"].attempts, left["117"].last_error) == (MAX_ATTEMPTS, LEASE_RAN_OUT)
    assert await effects(admin_engine) == [name for name in names if name != "117"]
