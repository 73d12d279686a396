"""The outbox while Redis is flushed and restarted and the clock is set: none lost, none twice.

Each test prints its figures: events lost, effects doubled, and the longest delay.
"""

import asyncio
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import asm.worker.main
from asm.db.session import make_engine, one_transaction
from asm.outbox.drain import Event, drain
from asm.outbox.post import enqueue
from asm.outbox.wake import Wake
from asm.settings import Settings
from asm.worker.main import WakeSignal, work
from tests.conftest import Database
from tests.faults.worker_process import OwnRedis, outbox_empty, until

TOPIC = "test.told"
_EFFECT = text(
    "INSERT INTO audit_entry (facility_id, id, actor_role, action, details) "
    "SELECT facility_id, gen_random_uuid(), 'worker', 'test', jsonb_build_object('event', id, "
    "'delay_s', extract(epoch FROM clock_timestamp() - created_at)) "
    "FROM outbox WHERE id = ANY(:ids)"
)


async def effect(session: AsyncSession, events: Sequence[Event]) -> None:
    """Write down that each event was handled, and how long after it was written."""
    await session.execute(_EFFECT, {"ids": [event.id for event in events]})


async def put(engine: AsyncEngine, number: int) -> None:
    async with one_transaction(engine) as session:
        await enqueue(session, TOPIC, [(uuid4(), {"n": n}) for n in range(number)])


async def clock_moves(admin_engine: AsyncEngine, hours: int) -> None:
    """As the rows see it: a clock set back by an hour is all their times an hour further on."""
    columns = ("created_at", "next_attempt_at", "leased_until")
    moved = ", ".join(f"{name} = {name} - make_interval(hours => :hours)" for name in columns)
    async with one_transaction(admin_engine) as session:
        await session.execute(text(f"UPDATE outbox SET {moved}"), {"hours": hours})


async def figures(engine: AsyncEngine, put_events: int) -> tuple[int, int, float]:
    """Events lost, effects doubled and the longest delay in seconds, printed."""
    async with one_transaction(engine) as session:
        entries = await session.execute(
            text("SELECT details FROM audit_entry WHERE action = 'test'")
        )
        done: list[dict[str, Any]] = [row.details for row in entries]
    lost = put_events - len({details["event"] for details in done})
    doubled = len(done) - len({details["event"] for details in done})
    longest = max(float(details["delay_s"]) for details in done)
    sys.stdout.write(f"events lost {lost}, effects doubled {doubled}, longest {longest:.1f} s\n")
    return lost, doubled, longest


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


async def test_redis_flushed_and_restarted_ten_times(
    settings: Settings,
    own_redis: OwnRedis,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asm.worker.main, "HANDLERS", {TOPIC: effect})
    monkeypatch.setattr(asm.worker.main, "DRAIN_EVERY_S", 1.0)
    monkeypatch.setattr(asm.worker.main, "set_up_logs", lambda _settings: None)
    wake_signal = WakeSignal()
    worker = asyncio.create_task(
        work(dataclasses.replace(settings, redis_url=own_redis.url), wake_signal)
    )
    try:
        for turn in range(10):
            if turn % 2:
                own_redis.kill()
                await put(worker_engine, 20)
                await asyncio.to_thread(own_redis.start)
            else:
                client = Redis.from_url(own_redis.url)
                wake = Wake(client)
                await put(worker_engine, 20)
                await wake.wake_worker()
                await wake.close()
                await client.flushall()
                await client.aclose()
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
    finally:
        wake_signal.stop()
        await worker
    lost, doubled, _ = await figures(admin_engine, 200)
    assert (lost, doubled) == (0, 0)


@pytest.mark.parametrize("hours", [-3, -1, 1, 3])
async def test_a_clock_that_is_set_holds_nothing_up(
    hours: int, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(worker_engine, 5)
    await clock_moves(admin_engine, hours)
    assert (await drain(worker_engine, {TOPIC: effect})).done == 5
    assert (await figures(admin_engine, 5))[:2] == (0, 0)


@pytest.mark.parametrize("hours", [-3, -1, 3])
async def test_a_lease_from_before_the_clock_was_set_is_not_waited_for(
    hours: int, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async def die(session: AsyncSession, events: Sequence[Event]) -> None:
        raise asyncio.CancelledError

    await put(worker_engine, 3)
    with pytest.raises(asyncio.CancelledError):
        await drain(worker_engine, {TOPIC: die})
    await clock_moves(admin_engine, hours)
    assert (await drain(worker_engine, {TOPIC: effect})).done == 3
    assert (await figures(admin_engine, 3))[:2] == (0, 0)


async def test_a_lease_that_ends_early_gives_its_batch_to_nobody_else(
    database: Database, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    other = make_engine(database.worker_url, name="other-worker")

    async def while_the_clock_jumps(session: AsyncSession, events: Sequence[Event]) -> None:
        await clock_moves(admin_engine, 3)
        report = await drain(other, {TOPIC: effect})
        assert (report.leading, report.done) == (False, 0)
        await effect(session, events)

    await put(worker_engine, 4)
    try:
        assert (await drain(worker_engine, {TOPIC: while_the_clock_jumps})).done == 4
        assert (await drain(other, {TOPIC: effect})).done == 0
    finally:
        await other.dispose()
    assert (await figures(admin_engine, 4))[:2] == (0, 0)
