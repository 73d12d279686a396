"""The outbox: once each, one leader, and no row that sinks its neighbours."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import make_engine, one_transaction
from asm.notify.depth import outbox_depth
from asm.notify.drain import LEASE_RAN_OUT, MAX_ATTEMPTS, Event, Handler, drain
from asm.notify.outbox import enqueue
from asm.notify.retry import retry_row, retry_troubled
from tests.conftest import Database

TOPIC = "test.told"


async def put(engine: AsyncEngine, *names: str, topic: str = TOPIC) -> None:
    async with one_transaction(engine) as session:
        await enqueue(session, topic, [(uuid4(), {"name": name}) for name in names])


async def outbox(engine: AsyncEngine) -> dict[str, Any]:
    async with one_transaction(engine) as session:
        rows = await session.execute(text("SELECT *, payload->>'name' AS name FROM outbox"))
        return {row.name: row for row in rows}


async def effects(engine: AsyncEngine) -> list[str]:
    """What `write_down` did, once for each time that it was done for good."""
    async with one_transaction(engine) as session:
        rows = await session.execute(
            text("SELECT details->>'name' FROM audit_entry WHERE action = 'test' ORDER BY 1")
        )
        return [row[0] for row in rows]


async def write_down(session: AsyncSession, events: Sequence[Event]) -> None:
    for event in events:
        await session.execute(
            text(
                "INSERT INTO audit_entry (facility_id, id, actor_role, action, details) "
                "VALUES (:facility, gen_random_uuid(), 'worker', 'test', "
                "jsonb_build_object('name', CAST(:name AS text)))"
            ),
            {"facility": event.facility_id, "name": event.payload["name"]},
        )


class PoisonError(Exception):
    """Its text is as personal as can be."""


def refusing(*names: str) -> Handler:
    async def handler(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        if {event.payload["name"] for event in events} & set(names):
            raise PoisonError("Nguyễn Văn Mẫu 001090123456")

    return handler


async def make_due(admin_engine: AsyncEngine) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = clock_timestamp()"))


async def test_done_rows_leave_with_their_effect(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a", "b", "c")
    report = await drain(worker_engine, {TOPIC: write_down})
    assert (report.done, report.failed, report.dead, report.remaining) == (3, 0, 0, 0)
    assert await effects(admin_engine) == ["a", "b", "c"]
    assert await outbox(admin_engine) == {}
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 0
    assert await effects(admin_engine) == ["a", "b", "c"]


async def test_a_batch_is_bounded_and_the_oldest_come_first(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for name in "edcba":
        await put(worker_engine, name)
    report = await drain(worker_engine, {TOPIC: write_down}, limit=2)
    assert (report.done, report.remaining) == (2, 3)
    assert await effects(admin_engine) == ["d", "e"]


async def test_a_poisoned_row_sinks_no_neighbour(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    names = [f"{number:02}" for number in range(50)]
    await put(worker_engine, *names)
    report = await drain(worker_engine, {TOPIC: refusing("07", "31", "32")})
    assert (report.done, report.failed, report.remaining) == (47, 3, 0)
    assert await effects(admin_engine) == [n for n in names if n not in {"07", "31", "32"}]
    for row in (await outbox(admin_engine)).values():
        assert (row.attempts, row.last_error, row.dead_at) == (1, "PoisonError", None)
        assert row.next_attempt_at > row.created_at


async def test_a_failing_statement_counts_as_a_failure_of_its_row(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async def divide(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        for event in events:
            await session.execute(
                text("SELECT 1 / CAST(:n AS int)"), {"n": int(event.payload["name"])}
            )

    await put(worker_engine, "1", "0", "2")
    report = await drain(worker_engine, {TOPIC: divide})
    assert (report.done, report.failed) == (2, 1)
    assert await effects(admin_engine) == ["1", "2"]
    assert set(await outbox(admin_engine)) == {"0"}


async def test_a_row_is_given_up_after_eight_attempts_and_can_be_revived(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    await put(worker_engine, "bad")
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        await put(worker_engine, f"good {attempt}")
        report = await drain(worker_engine, {TOPIC: refusing("bad")})
        assert report.done == 1
        assert (report.failed, report.dead) == ((1, 0) if attempt < MAX_ATTEMPTS else (0, 1))
        bad = (await outbox(admin_engine))["bad"]
        assert bad.attempts == attempt
        waits.append((bad.next_attempt_at - bad.created_at).total_seconds())
        assert (await drain(worker_engine, {TOPIC: refusing("bad")})).done == 0
        await make_due(admin_engine)
    assert waits[6] > 30 * 2**6 * 0.5 > waits[0]
    assert bad.dead_at is not None
    assert bad.last_error == "PoisonError"
    nothing = await drain(worker_engine, {TOPIC: refusing("bad")})
    assert (nothing.done, nothing.remaining) == (0, 0)
    async with one_transaction(worker_engine) as session:
        assert (await outbox_depth(session)).dead == 1
        assert len(await retry_troubled(session)) == 1
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 1
    told = "".join(capfd.readouterr())
    assert "Mẫu" not in told
    assert "001090123456" not in told


async def test_topics_of_a_newer_worker_are_left_for_it(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "later", topic="test.unknown")
    await put(worker_engine, "now")
    report = await drain(worker_engine, {TOPIC: write_down})
    assert (report.done, report.remaining) == (1, 0)
    assert (await outbox(admin_engine))["later"].attempts == 0


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


async def test_the_web_process_sees_the_depth_and_nothing_else(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "a", "b", "bad")
    await drain(worker_engine, {TOPIC: refusing("bad", "a", "b")}, limit=1)
    async with one_transaction(api_engine) as session:
        depth = await outbox_depth(session)
    assert (depth.waiting, depth.due, depth.failing, depth.dead) == (3, 2, 1, 0)
    assert depth.oldest_s > 0
    async with one_transaction(admin_engine) as session:
        await session.execute(text("DELETE FROM outbox"))
    async with one_transaction(api_engine) as session:
        depth = await outbox_depth(session)
    assert (depth.waiting, depth.oldest_s) == (0, 0)
    await put(worker_engine, "b")
    async with one_transaction(api_engine) as session:
        rows = await session.execute(text("SELECT facility_id, topic, last_error FROM outbox"))
        assert rows.all() == []
    with pytest.raises(DBAPIError, match="permission denied"):
        async with one_transaction(api_engine) as session:
            await session.execute(text("SELECT payload FROM outbox"))
