"""What each check and the totals cost: `python -m benchmarks.check_costs [--history 100000]`.

Parties of five arrive at three hundred houses of sixteen rooms on two evenings. The first evening
is checked without being measured; the second one's stays go through the worker's own checks in
batches of the worker's size (`--batch`), in one process, each part timed by itself. Beside them
stand stays of fifteen months in other houses, so that indexes and partitions have the size of a
year's.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Awaitable
from datetime import date, datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Access
from asm.accounts.sessions import actor_of_login
from asm.analytics.totals.ledger import count_stays
from asm.checks.flags.batch import find_changed
from asm.checks.one_person import other_names, same_document, travel
from asm.checks.one_person.near_stays import stays_of_same_people
from asm.checks.registry import CHECKS
from asm.checks.schedule import take_turn
from asm.db.base import vietnam_time
from asm.db.session import make_engine, one_transaction
from asm.demo.guests import invented_guest
from asm.outbox.drain import BATCH, PLAN_ONCE, Event
from asm.outbox.topics import Topic
from asm.stays.declaration import Declaration
from asm.stays.declare import declare_stays
from asm.stays.entry import StayEntry
from asm.stays.open_vault import open_vault
from benchmarks.growth import fill
from benchmarks.measure import ForeignCpu, conditions
from benchmarks.rig import Rig, running_rig
from local.machine.ports import any_free_port

HOUSES, PARTY, PARTIES = 300, 5, 400
TARGET_RATE = 600
_SEED = 20260430
_PACKAGES = ("SQLAlchemy", "asyncpg", "msgspec")
T = TypeVar("T")

_HOUSES = text("""
WITH model AS (SELECT * FROM facility WHERE name = 'Khách sạn Hoa Sen'), made AS (
  INSERT INTO facility (id, kind, name, folded_name, address_text, ward_code, point, status,
    registered_by, registered_at, decided_at)
  SELECT new_id(), kind, 'Nhà ' || n, 'nha ' || n, address_text, ward_code, point, 'active',
    registered_by, registered_at - interval '90 days', decided_at - interval '90 days'
  FROM model, generate_series(1, :houses) AS n RETURNING id, registered_by
), rooms AS (
  INSERT INTO room (facility_id, id, name, beds, opened_on)
  SELECT made.id, new_id(), n::text, 2, DATE '2025-01-01' FROM made, generate_series(101, 116) AS n
)
INSERT INTO membership (facility_id, account_id) SELECT id, registered_by FROM made
""")
_EVENTS = text("""
SELECT facility_id, id, topic, payload FROM outbox WHERE topic = :topic ORDER BY id
""")


class Costs:
    """Seconds spent by what was done."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    async def of(self, what: str, work: Awaitable[T]) -> T:
        start = time.perf_counter()
        done = await work
        self.spent[what] = self.spent.get(what, 0.0) + time.perf_counter() - start
        return done


async def check_batch(session: AsyncSession, events: list[Event], costs: Costs) -> None:
    """As `check_stays` and what follows it, each part by itself."""
    await take_turn(session)
    batch = await costs.of("which stays", find_changed(session, events))
    if batch is None:
        return
    known = await costs.of("stays of the same people", stays_of_same_people(session, batch))
    for check, settle in (
        (same_document.CHECK, same_document.sync_document_flags),
        (travel.CHECK, travel.sync_travel_flags),
        (other_names.CHECK, other_names.sync_name_flags),
    ):
        await costs.of(check.id, settle(session, batch, known))
    for check in CHECKS:
        if check.run is not None:
            await costs.of(check.id, check.run(session, batch))
    await costs.of("totals", count_stays(session, events))


async def arrive(rig: Rig, api: AsyncEngine, evening: datetime, chance: random.Random) -> None:
    """An evening's parties, through the use case."""
    keys = await open_vault(rig.folder / "secrets", api).current()
    async with one_transaction(api) as session:
        lan = msgspec.structs.replace(await actor_of_login(session, "lan"), now=evening)
    houses = sorted(lan.facility_ids)
    for number in range(PARTIES):
        until = evening.date() + timedelta(days=90)
        party = [_guest_stay(chance, evening, until) for _ in range(PARTY)]
        async with one_transaction(api) as session:
            await actor_of_login(session, "lan")  # whose scope the transaction needs
            await declare_stays(
                Access(session, lan, keys),
                Declaration(
                    facility_id=houses[number % len(houses)],
                    entries=party,
                    via="api",
                    key=f"{evening.date()}-{number}",
                ),
            )


def _guest_stay(chance: random.Random, evening: datetime, until: date) -> StayEntry:
    return StayEntry(
        guest=invented_guest(chance, until),
        arrived_at=evening - timedelta(minutes=chance.randint(0, 120)),
        planned_departure_at=evening + timedelta(days=chance.randint(1, 3)),
        room=str(chance.randint(101, 116)),
    )


async def drained(worker: AsyncEngine, size: int) -> tuple[Costs, int, float]:
    """All that waits, batch after batch; costs, events, and seconds with the commits."""
    async with one_transaction(worker) as session:
        waiting = await session.execute(_EVENTS, {"topic": Topic.STAY_CHANGED})
        events = [msgspec.convert(dict(row), Event) for row in waiting.mappings()]
    costs, start = Costs(), time.perf_counter()
    for first in range(0, len(events), size):
        async with one_transaction(worker) as session:
            await session.execute(PLAN_ONCE)
            await check_batch(session, events[first : first + size], costs)
    spent = time.perf_counter() - start
    async with one_transaction(worker) as session:
        await session.execute(text("DELETE FROM outbox"))
    return costs, len(events), spent


async def measure(rig: Rig, history: int, size: int) -> tuple[Costs, int, float]:
    environment = rig.environment(any_free_port())
    admin = make_engine(rig.admin_url, name="asm-bench-admin")
    api = make_engine(environment["ASM_DATABASE_URL"], name="asm-bench-api")
    worker = make_engine(environment["ASM_WORKER_DATABASE_URL"], name="asm-bench-worker")
    chance = random.Random(_SEED)
    try:
        async with one_transaction(admin) as session:
            await session.execute(_HOUSES, {"houses": HOUSES})
            now = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
        tonight = vietnam_time(now).replace(hour=20, minute=0) - timedelta(days=1)
        await arrive(rig, api, tonight - timedelta(days=1), chance)
        if history:
            await asyncio.to_thread(fill, rig, 1, history)
        await drained(worker, BATCH)
        await arrive(rig, api, tonight, chance)
        await _analyze(admin)
        return await drained(worker, size)
    finally:
        for engine in (admin, api, worker):
            await engine.dispose()


async def _analyze(admin: AsyncEngine) -> None:
    async with one_transaction(admin) as session:
        await session.execute(text("ANALYZE"))


def table(costs: Costs, events: int, spent: float) -> list[str]:
    lines = ["| part | ms for 1,000 events | share |", "|---|---|---|"]
    for what, seconds in sorted(costs.spent.items(), key=lambda item: -item[1]):
        each = seconds / events * 1e6
        lines.append(f"| {what} | {each:.0f} | {seconds / spent:.0%} |")
    lines.append(f"| all, with commits | {spent / events * 1e6:.0f} | |")
    rate = events / spent
    lines.append("")
    lines.append(
        f"{events} events, {rate:.0f}/s in one worker process: {rate / TARGET_RATE:.1f} times the "
        f"{TARGET_RATE}/s that are asked for."
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--history", type=int, default=100_000, help="stays of other houses")
    parser.add_argument("--batch", type=int, default=BATCH, help="stays in a batch")
    options = parser.parse_args()
    foreign = ForeignCpu()
    with running_rig(houses=2) as rig:
        costs, events, spent = asyncio.run(measure(rig, options.history, options.batch))
    sys.stdout.write("\n".join(table(costs, events, spent)) + "\n\n")
    sys.stdout.write("\n".join(conditions(_PACKAGES, foreign)) + "\n")


if __name__ == "__main__":
    main()
