"""The worker is woken, now and then, and never in anybody's way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from asm.outbox.wake import WAKE_KEY, Wake
from local.machine.ports import any_free_port
from tests.services import TestServices


@pytest.fixture
async def redis(services: TestServices) -> AsyncIterator[Redis]:
    client = Redis.from_url(services.redis_url)
    await client.delete(WAKE_KEY)
    yield client
    await client.delete(WAKE_KEY)
    await client.aclose()


async def test_a_thousand_declarations_wake_at_most_twice_and_leave_one_wake(redis: Redis) -> None:
    wake, wakes = Wake(redis), 0
    real = wake._wake_once

    async def counted() -> None:
        nonlocal wakes
        wakes += 1
        await real()

    wake._wake_once = counted  # type: ignore[method-assign]
    for _ in range(1000):
        await wake.wake_worker()
    await wake.close()
    assert wakes == 1
    # asked for again while the last one was on its way: one more comes after it
    await wake.wake_worker()
    await asyncio.sleep(0)
    await wake.wake_worker()
    await wake.close()
    assert wakes == 3
    length: Any = redis.llen(WAKE_KEY)
    assert await length == 1


async def test_a_dead_server_neither_fails_nor_delays() -> None:
    nothing_there = Redis.from_url(f"redis://127.0.0.1:{any_free_port()}")
    wake = Wake(nothing_there)
    with capture_logs() as logged:
        for _ in range(3):
            await wake.wake_worker()
            await wake.close()
    assert [each["event"] for each in logged] == ["bell_not_heard"], "once for the whole outage"
    await nothing_there.aclose()


async def test_a_server_that_does_not_answer_is_given_up_on() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mute = Redis.from_url(f"redis://127.0.0.1:{port}")
    wake = Wake(mute)
    with capture_logs() as logged:
        async with asyncio.timeout(20):  # without the wake's own limit it would wait for ever
            await wake.wake_worker()
            await wake.close()
    assert [(each["event"], each["error"]) for each in logged] == [
        ("bell_not_heard", "TimeoutError")
    ]
    await mute.aclose()
    server.close()


async def test_it_arrives_again_after_an_outage(redis: Redis, services: TestServices) -> None:
    wake = Wake(Redis.from_url(f"redis://127.0.0.1:{any_free_port()}"))
    await wake.wake_worker()
    await wake.close()
    await wake._redis.aclose()
    wake._redis = redis
    await wake.wake_worker()
    await wake.close()
    length: Any = redis.llen(WAKE_KEY)
    assert await length == 1
