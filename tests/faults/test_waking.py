"""A wake reaches the worker through Redis and arq, while the worker's own clock stands still."""

import asyncio
import dataclasses
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool, Redis
from sqlalchemy.ext.asyncio import AsyncEngine

import asm.worker.main
from asm.db.session import one_transaction
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.outbox.wake import WAKE_KEY, Wake
from asm.settings import Settings
from asm.worker.main import QUEUE, WakeSignal, work
from tests.faults.worker_process import PATIENCE_S, OwnRedis, outbox_empty, until

ABSENT_STAY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    redis = OwnRedis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture
async def client(own_redis: OwnRedis) -> AsyncIterator[Redis]:
    opened = Redis.from_url(own_redis.url)
    yield opened
    await opened.aclose()


@pytest.fixture
async def worker(
    settings: Settings, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """A worker in this process that drains once and then only when it is woken."""
    monkeypatch.setattr(asm.worker.main, "DRAIN_EVERY_S", 3600.0)
    monkeypatch.setattr(asm.worker.main, "set_up_logs", lambda _settings: None)
    wake_signal = WakeSignal()
    task = asyncio.create_task(
        work(dataclasses.replace(settings, redis_url=own_redis.url), wake_signal)
    )
    yield
    wake_signal.stop()
    await task


async def something_changes(engine: AsyncEngine) -> None:
    """An event of a stay that is not there any more: nothing to do, but to be done."""
    async with one_transaction(engine) as session:
        await enqueue(
            session,
            Topic.STAY_CHANGED,
            [(UUID(ABSENT_STAY), {"stay_id": ABSENT_STAY, "version": 1})],
        )


async def wake_until_done(engine: AsyncEngine, client: Redis) -> None:
    """Wake until the outbox is empty: a wake may be lost, as the first after a restart may."""
    wake = Wake(client)

    async def done() -> bool:
        await wake.wake_worker()
        await wake.close()
        return await outbox_empty(engine)

    await until(done, "the wake to arrive")


async def test_a_wake_drains_the_outbox(
    worker: None, worker_engine: AsyncEngine, admin_engine: AsyncEngine, client: Redis
) -> None:
    for _ in range(3):
        await something_changes(worker_engine)
        await wake_until_done(admin_engine, client)
        assert await outbox_empty(admin_engine)


async def test_what_comes_soon_after_a_batch_is_gathered(
    settings: Settings,
    own_redis: OwnRedis,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    client: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wakes do not cut a batch into many: its forty statements are paid for once."""
    monkeypatch.setattr(asm.worker.main, "GATHER_S", 3600.0)
    monkeypatch.setattr(asm.worker.main, "set_up_logs", lambda _settings: None)
    wake_signal = WakeSignal()
    task = asyncio.create_task(
        work(dataclasses.replace(settings, redis_url=own_redis.url), wake_signal)
    )
    await something_changes(worker_engine)
    await wake_until_done(admin_engine, client)
    wake_signal.wake.clear()
    await something_changes(worker_engine)
    wake = Wake(client)
    for _ in range(20):
        await wake.wake_worker()
        await wake.close()
        await asyncio.sleep(0.05)
    assert wake_signal.wake.is_set()
    assert not await outbox_empty(admin_engine)
    wake_signal.stop()
    async with asyncio.timeout(PATIENCE_S):
        await task


async def test_a_wake_arrives_after_redis_was_killed(
    worker: None,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    client: Redis,
    own_redis: OwnRedis,
) -> None:
    await something_changes(worker_engine)
    await wake_until_done(admin_engine, client)
    own_redis.kill()
    await something_changes(worker_engine)
    own_redis.start()
    await wake_until_done(admin_engine, client)
    assert await outbox_empty(admin_engine)


async def test_a_worker_that_missed_its_end_is_told_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []

    async def deaf_once(_worker: Any) -> None:
        happened.append("started")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            happened.append("missed")  # as a wait may miss it that ends at that very moment
        await asyncio.Event().wait()

    monkeypatch.setattr(asm.worker.main.Worker, "async_run", deaf_once)
    monkeypatch.setattr(asm.worker.main, "set_up_logs", lambda _settings: None)
    wake_signal = WakeSignal()
    task = asyncio.create_task(work(settings, wake_signal))

    async def started() -> bool:
        return bool(happened)

    await until(started, "the worker to listen")
    wake_signal.stop()
    async with asyncio.timeout(PATIENCE_S):
        await task
    assert happened == ["started", "missed"]


async def test_a_pickled_job_is_refused_and_not_run(
    worker: None, worker_engine: AsyncEngine, admin_engine: AsyncEngine, client: Redis,
    tmp_path: Path,
) -> None:  # fmt: skip
    trace = tmp_path / "was-here"
    evil = pickle.dumps({"t": 1, "f": "drain_outbox", "a": (_Trap(str(trace)),), "k": {}, "et": 1})
    raw: Any = client
    await raw.set("arq:job:evil", evil)
    await raw.zadd(QUEUE, {"evil": 1})

    async def taken() -> bool:
        left = await raw.zscore(QUEUE, "evil")
        return left is None

    await until(taken, "the job to be taken off")
    assert not trace.exists()
    await something_changes(worker_engine)
    await wake_until_done(admin_engine, client)


async def test_what_lies_in_redis_is_json_without_arguments(
    settings: Settings, own_redis: OwnRedis, client: Redis
) -> None:
    pool = ArqRedis(
        ConnectionPool.from_url(own_redis.url),
        job_serializer=asm.worker.main._to_json,
        default_queue_name=QUEUE,
    )
    task = await pool.enqueue_job("drain_outbox")
    assert task is not None
    raw: Any = client
    stored = await raw.get(f"arq:job:{task.job_id}")
    assert stored.startswith(b"{")
    assert b'"a":[],"k":{}' in stored
    await pool.aclose(close_connection_pool=True)


def test_a_failure_is_stored_by_its_class_alone() -> None:
    stored = asm.worker.main._to_json({"r": ValueError("Nguyễn Văn Mẫu")})
    assert stored == b'{"r":"ValueError"}'


def test_the_wake_is_not_a_key_of_arq() -> None:
    assert WAKE_KEY != QUEUE
    assert not WAKE_KEY.startswith("arq:")


class _Trap:
    """Unpickling it writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(self.path),))
