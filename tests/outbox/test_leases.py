"""Leases: whoever is first has the row, whoever is late writes nothing, and waits grow."""

import asyncio
from datetime import datetime
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import (
    Column,
    DateTime,
    Executable,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    event,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.model import check_round
from asm.checks.population.verify_identities import CLAIM as CLAIM_IDENTITIES
from asm.db.direct import as_json
from asm.db.session import one_transaction
from asm.notify.claim_deliveries import CLAIM as CLAIM_DELIVERIES
from asm.notify.claim_deliveries import EXPIRE
from asm.outbox.drain import DUE
from asm.outbox.leases import (
    BackOff,
    claim,
    first_due,
    given,
    matched,
    release,
    still_held,
    take,
)
from asm.outbox.topics import Topic
from tests.faults.worker_process import until

LEASE_S: Final = 60.0


class AnswerRow(msgspec.Struct):
    """What is said of a task, as `ANSWERS` reads it."""

    id: int
    leased_until: datetime
    said: str


task: Final = Table(
    "task",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("due_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
    Column("said", Text),
)
CLAIM: Final = claim(task, first_due(task, task.c.due_at), LEASE_S).returning(
    task.c.id, task.c.leased_until
)
ANSWERS: Final = given(task, task.c.leased_until, task.c.said)
HELD: Final = still_held(task, ANSWERS)
WAITING: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock'"
)
SETTLE: Final = (
    release(task, matched(task, HELD)).values(said=HELD.c.said, due_at=None).returning(task.c.id)
)


@pytest.fixture
async def tasks(admin_engine: AsyncEngine) -> AsyncEngine:
    """Four that are due, one that is not yet."""
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text(
                "CREATE TABLE task (id int PRIMARY KEY, due_at timestamptz, "
                "leased_until timestamptz, said text)"
            )
        )
        await session.execute(
            text(
                "INSERT INTO task SELECT n, clock_timestamp() + make_interval(hours => n - 5) "
                "FROM generate_series(1, 4) AS n "
                "UNION ALL SELECT 9, clock_timestamp() + interval '1 hour'"
            )
        )
    return admin_engine


async def claimed(session: AsyncSession, limit: int) -> dict[int, Any]:
    return {row.id: row.leased_until for row in await session.execute(CLAIM, {"limit": limit})}


async def settled(engine: AsyncEngine, held: dict[int, Any], said: str) -> set[int]:
    rows = [AnswerRow(task_id, lease_end, said) for task_id, lease_end in held.items()]
    async with one_transaction(engine) as session:
        return set((await session.execute(SETTLE, {"rows": as_json(rows)})).scalars())


async def claimed_alone(engine: AsyncEngine, limit: int) -> dict[int, Any]:
    async with one_transaction(engine) as session:
        return await claimed(session, limit)


async def test_of_two_at_once_the_second_waits_and_goes_without(tasks: AsyncEngine) -> None:
    async def waits() -> bool:
        async with one_transaction(tasks) as session:
            return bool((await session.execute(WAITING)).scalar_one())

    async with one_transaction(tasks) as first:
        mine = await claimed(first, 3)
        second = asyncio.create_task(claimed_alone(tasks, 3))
        await until(waits, "the second, waiting for the first")
    assert set(mine) == {1, 2, 3}
    assert await second == {}
    assert set(await claimed_alone(tasks, 3)) == {4}


async def test_a_lease_that_ran_out_is_taken_again_and_its_holder_writes_nothing(
    tasks: AsyncEngine,
) -> None:
    async with one_transaction(tasks) as session:
        late = await claimed(session, 2)
        await session.execute(text("UPDATE task SET leased_until = statement_timestamp()"))
    async with one_transaction(tasks) as session:
        mine = await claimed(session, 2)
    assert set(late) == set(mine) == {1, 2}
    assert await settled(tasks, late, "late") == set()
    assert await settled(tasks, mine, "mine") == {1, 2}
    async with one_transaction(tasks) as session:
        said = await session.execute(text("SELECT said, leased_until FROM task WHERE id <= 2"))
        assert {(row.said, row.leased_until) for row in said} == {("mine", None)}


async def test_a_row_is_made_when_it_is_first_taken_and_then_held(
    admin_engine: AsyncEngine,
) -> None:
    taking = take(check_round, check_round.c.next_at, LEASE_S, check_id=bindparam("check"))
    taking = taking.returning(check_round.c.leased_until)
    taken = []
    for _ in range(2):
        async with one_transaction(admin_engine) as session:
            taken += (await session.execute(taking, {"check": "of-a-test"})).all()
    assert len(taken) == 1


@pytest.mark.parametrize(("failures", "doubled"), [(0, 30), (3, 240), (7, 3600), (10_000, 3600)])
async def test_waits_double_up_to_the_longest(
    admin_session: AsyncSession, failures: int, doubled: float
) -> None:
    back_off = BackOff(first_s=30.0, longest_s=3600.0, least=0.5, most=1.5)
    waits = select(back_off.seconds(literal(failures))).select_from(
        text("generate_series(1, 2000)")
    )
    seconds = list((await admin_session.execute(waits)).scalars())
    assert doubled * 0.5 <= min(seconds) < doubled * 0.6
    assert doubled * 1.4 < max(seconds) <= doubled * 1.5


@pytest.fixture
async def long_queues(admin_engine: AsyncEngine) -> AsyncEngine:
    """Ten thousand rows of each kind, one in a hundred of them due."""
    later = "clock_timestamp() + make_interval(secs => CASE WHEN n % 100 = 0 THEN -n ELSE n END)"
    an_id = "gen_random_uuid()"
    two = f"{an_id}, {an_id}"
    async with one_transaction(admin_engine) as session:
        # What they refer to is not looked at here, and so need not be there.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, columns, values in (
            ("identity_check", "stay_id, ward_code, guest_record_id", f"{two}, '1', {an_id}"),
            ("delivery", "id, message_id, account_id, contact_id, channel",
             f"{two}, {two}, {an_id}, 'email'"),
            ("outbox", "id, topic, payload, attempts", f"{two}, '{Topic.STAY_CHANGED}', '{{}}', 1"),
        ):  # fmt: skip
            await session.execute(text(
                f"INSERT INTO {table} (facility_id, {columns}, next_attempt_at) "
                f"SELECT {values}, {later} FROM generate_series(1, 10000) AS n"
            ))  # fmt: skip
            await session.execute(text(f"ANALYZE {table}"))
    return admin_engine


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (CLAIM_IDENTITIES, {"limit": 100}, "identity_check_due"),
        (CLAIM_DELIVERIES, {"name": "email", "limit": 40}, "delivery_due"),
        (EXPIRE, {"name": "email"}, "delivery_due"),
        (DUE, {"topics": [Topic.STAY_CHANGED], "limit": 200}, "outbox_next"),
    ],
    ids=["identities", "deliveries", "expired", "outbox"],
)
async def test_what_is_due_is_found_by_its_index(
    long_queues: AsyncEngine, statement: Executable, values: dict[str, Any], index: str
) -> None:
    plan = await explained(long_queues, statement, values)
    assert f"Index Scan using {index}" in plan, plan
    assert "Seq Scan on " + index.removesuffix("_due").removesuffix("_next") not in plan, plan


async def explained(engine: AsyncEngine, statement: Executable, values: dict[str, Any]) -> str:
    """The plan of a statement as it is sent."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, sql: str, bound: Any, *_rest: Any) -> None:
        sent.append((sql, bound))

    async with engine.connect() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await connection.execute(statement, values)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        ((sql, bound),) = sent
        plan = await connection.exec_driver_sql("EXPLAIN " + sql, tuple(bound))
        return "\n".join(plan.scalars())
