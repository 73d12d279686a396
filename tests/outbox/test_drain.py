"""The outbox: once each, and no row that sinks its neighbours."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.outbox.counts import outbox_depth
from asm.outbox.drain import MAX_ATTEMPTS, Event, drain
from asm.outbox.retry import retry_failed
from tests.outbox.rows import TOPIC, effects, make_due, outbox, put, refusing, write_down


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


async def test_statements_of_a_batch_are_planned_once_for_all(worker_engine: AsyncEngine) -> None:
    modes: list[str] = []

    async def note_mode(session: AsyncSession, events: Sequence[Event]) -> None:
        modes.append((await session.execute(text("SHOW plan_cache_mode"))).scalar_one())

    await put(worker_engine, "a")
    await drain(worker_engine, {TOPIC: note_mode})
    # Of its transactions alone: other work of the worker is planned for what it asks.
    async with one_transaction(worker_engine) as session:
        await note_mode(session, [])
    assert modes == ["force_generic_plan", "auto"]


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
        assert len(await retry_failed(session)) == 1
    assert (await drain(worker_engine, {TOPIC: write_down})).done == 1
    output = "".join(capfd.readouterr())
    assert "Mẫu" not in output
    assert "001090123456" not in output


async def test_topics_of_a_newer_worker_are_left_for_it(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, "later", topic="test.unknown")
    await put(worker_engine, "now")
    report = await drain(worker_engine, {TOPIC: write_down})
    assert (report.done, report.remaining) == (1, 0)
    assert (await outbox(admin_engine))["later"].attempts == 0


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
