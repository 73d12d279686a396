"""The worker under kills, signals and outages: nothing lost, nothing twice, and it goes on."""

import dataclasses
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.same_document import CHECK_ID
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.stays.entry import StayEntry
from tests.checks.desks import ROOMS, Desks, at, flags, fresh_number, rows, somebody
from tests.faults.worker_process import (
    QUICK,
    OwnRedis,
    count,
    holding_stay,
    outbox_empty,
    stuck_in_batch,
    until,
    worker_process,
)

HEARTBEATS = "SELECT count(*) FROM worker_heartbeat"


@pytest.fixture
def desks(api_engine: AsyncEngine, vault_keys: Keys, cast: Cast) -> Desks:
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(tmp_path)
    yield redis
    redis.kill()


async def declare_at_two_facilities(desks: Desks, people: int) -> list[UUID]:
    """The first place's stays. Each person makes two flags and one stay that stops counting."""
    numbers = [fresh_number() for _ in range(people)]
    declared = []
    for login, day in (("lan", 1), ("tuan", 3)):
        entries = [
            StayEntry(
                guest=somebody(number),
                arrived_at=at(day),
                planned_departure_at=at(day) + timedelta(days=4),
                room=ROOMS[login],
            )
            for number in numbers
        ]
        declared.append(await desks.declare_all(login, entries))
    return declared[0]


async def check_all_is_right(admin_engine: AsyncEngine, people: int) -> None:
    raised = await flags(admin_engine, CHECK_ID)
    assert len(raised) == people * 2
    assert len({(row.facility_id, row.subject) for row in raised}) == people * 2
    superseded = "SELECT count(*) FROM stay WHERE superseded_from IS NOT NULL"
    assert await count(admin_engine, superseded) == people


async def leases_run_out(admin_engine: AsyncEngine) -> None:
    """As if the time of a lease had passed."""
    async with make_sessions(admin_engine).begin() as session:
        await session.execute(
            text(
                "UPDATE outbox SET next_attempt_at = clock_timestamp(), "
                "leased_until = clock_timestamp() WHERE leased_until IS NOT NULL"
            )
        )


async def test_killed_in_the_middle_of_a_batch_it_loses_nothing(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine
) -> None:
    first = await declare_at_two_facilities(desks, 5)
    with worker_process(settings) as worker:
        async with holding_stay(admin_engine, first[2]):
            await until(lambda: stuck_in_batch(admin_engine), "the worker to be in its batch")
            worker.kill()
    assert await flags(admin_engine, CHECK_ID) == []
    leased = "SELECT 1 FROM outbox WHERE attempts = 1 AND leased_until = next_attempt_at"
    assert len(await rows(admin_engine, leased)) == 10
    await leases_run_out(admin_engine)
    with worker_process(settings):
        await until(lambda: outbox_empty(admin_engine), "the next worker to do it all")
    await check_all_is_right(admin_engine, 5)


async def test_killed_again_and_again_it_ends_right(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    chance, people = random.Random(20260701), 0
    for _ in range(5):
        await declare_at_two_facilities(desks, 40)
        people += 40
        target = chance.randint(1, 60)

        async def some_are_done(wanted: int = target) -> bool:
            return await count(admin_engine, "SELECT count(*) FROM flag") >= wanted

        with worker_process(settings) as worker:
            await until(some_are_done, "some flags")
            worker.kill()
        await leases_run_out(admin_engine)
    with worker_process(settings):
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
    assert await outbox_empty(admin_engine)
    assert len(await flags(admin_engine, CHECK_ID)) == 2 * people
    await check_all_is_right(admin_engine, people)


async def test_told_to_end_it_finishes_the_batch_and_signs_off(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine
) -> None:
    first = await declare_at_two_facilities(desks, 3)
    with worker_process(settings) as worker:
        async with holding_stay(admin_engine, first[1]):
            await until(lambda: stuck_in_batch(admin_engine), "the worker to be in its batch")
            assert await count(admin_engine, HEARTBEATS) == 1
            worker.child.terminate()
        assert await worker.end() == 0
        said = worker.said()
    await check_all_is_right(admin_engine, 3)
    assert await outbox_empty(admin_engine)
    assert await count(admin_engine, HEARTBEATS) == 0
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert events[0] == "worker_started"
    assert events[-1] == "worker_ended"


async def test_its_log_names_nobody_and_shows_no_arguments(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine
) -> None:
    await declare_at_two_facilities(desks, 2)
    with worker_process(settings) as worker:
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
        assert await worker.end() == 0
        said = worker.said()
    assert "outbox_drained" in said
    assert "Mẫu" not in said
    assert "001095" not in said
    assert "password" not in said
    # Only our own words: arq's would show arguments. At some hours reminders are sent as well.
    loggers = {json.loads(line)["logger"] for line in said.splitlines()}
    assert "asm.worker" in loggers
    assert {name for name in loggers if not name.startswith("asm.")} == set()


async def test_two_workers_share_the_work_without_doing_it_twice(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine
) -> None:
    async def both_live() -> bool:
        return await count(admin_engine, HEARTBEATS) == 2

    with worker_process(settings), worker_process(settings):
        await until(both_live, "two signs of life")
        for _ in range(4):
            await declare_at_two_facilities(desks, 30)
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
        assert await both_live(), "neither fell out with the other"
    await check_all_is_right(admin_engine, 120)


async def test_without_redis_draining_goes_on(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine, own_redis: OwnRedis
) -> None:
    alone = dataclasses.replace(settings, redis_url=own_redis.url)
    await declare_at_two_facilities(desks, 2)
    with worker_process(alone, QUICK) as worker:
        await until(lambda: outbox_empty(admin_engine), "the first drain")
        own_redis.start()
        own_redis.kill()
        await declare_at_two_facilities(desks, 2)
        await until(lambda: outbox_empty(admin_engine), "the drain after that")
        assert worker.child.poll() is None
        assert await worker.end() == 0
        assert "bell_lost" in worker.said()
    await check_all_is_right(admin_engine, 4)


async def test_a_database_that_went_away_is_waited_for(
    desks: Desks, settings: Settings, admin_engine: AsyncEngine
) -> None:
    cut_off = (
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
        "WHERE application_name = 'asm-worker' AND datname = current_database()"
    )
    with worker_process(settings, QUICK) as worker:

        async def alive() -> bool:
            return await count(admin_engine, HEARTBEATS) == 1

        await until(alive, "a sign of life")
        assert await count(admin_engine, cut_off) >= 1
        await declare_at_two_facilities(desks, 2)
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
        assert await worker.end() == 0
    await check_all_is_right(admin_engine, 2)
