"""The population database hangs for ten minutes: nobody waits, nothing is lost, nothing doubled.

The ten minutes pass on a clock of the test's own: the breaker reads it, and the rows' leases and
next attempts move with it. The service is a real server that really hangs; a try that would have
waited for ten seconds gives up after a fraction of one and counts as ten.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.population.verify_identities import LEASE_S, look_up_identities
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.circuit_breaker import CircuitBreaker
from asm.identity.population import Patience, PopulationClient
from asm.identity.vault.keys import Keys
from asm.outbox.drain import drain
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from asm.worker.subscribers import HANDLERS
from tests.checks.desks import flags, rows
from tests.demo.population.service import Service, service_in
from tests.faults.test_population import Desk, numbers
from tests.faults.worker_process import until
from tests.people import sign_in

pytestmark = pytest.mark.slow
TEN_MINUTES = 600.0
#: Between two looks: longer than the worker's own pause, so that no delay is flattered.
STEP_S = 10.0
REAL_TRY_S = 0.2
#: What one try costs on the test's clock: the product's own patience.
TRY_S = Patience().try_s
UNKNOWN_PERSON, OTHER = "001090900009", "001090900088"
_MOVE = text(
    "UPDATE identity_check SET next_attempt_at = next_attempt_at - make_interval(secs => :s), "
    "leased_until = leased_until - make_interval(secs => :s) WHERE status = 'pending'"
)


class Clock:
    """Seconds since the service began to hang; the database's rows move along with it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.now = 0.0
        self._engine = engine

    async def passes(self, seconds: float) -> None:
        self.now += seconds
        async with one_transaction(self._engine) as session:
            await session.execute(_MOVE, {"s": seconds})


class Worker:
    """The part of a worker that asks about identities, on the test's clock."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: Keys,
        service: Service,
        clock: Clock,
        http: PopulationClient,
        patient: PopulationClient,
    ) -> None:
        self.engine, self.keys, self.service = engine, keys, service
        self.clock, self.http, self._patient = clock, http, patient
        self.batches = 0

    def awaits_answers(self) -> None:
        """From now on there will be one to each question, which a busy machine may keep waiting."""
        self.http = self._patient

    async def drained(self) -> None:
        while (await drain(self.engine, HANDLERS)).remaining:
            pass

    async def step(self) -> None:
        """Look once; what it waited, or the pause until the next look, passes on the clock."""
        before = self.service.seen("questions")
        done = await look_up_identities(self.engine, self.keys, self.http)
        hung = self.service.seen("questions") - before
        self.batches += bool(done.claimed)
        await self.clock.passes(hung * TRY_S if done.put_off else STEP_S)

    async def is_killed_in_the_middle(self) -> None:
        asking = asyncio.create_task(self.step())

        async def hangs() -> bool:
            return self.service.seen("hanging") > 0 or asking.done()

        await until(hangs, "the worker to wait for the service")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "simulator"
    folder.mkdir()
    with service_in(folder) as running:
        yield running


@pytest.fixture
async def clock(admin_engine: AsyncEngine) -> Clock:
    return Clock(admin_engine)


@pytest.fixture
async def worker(
    settings: Settings, worker_engine: AsyncEngine, service: Service, clock: Clock
) -> Any:
    keys = await open_vault(settings.secrets_dir, worker_engine).current()
    breaker = CircuitBreaker(clock=lambda: clock.now)
    hasty, own = Patience(try_s=REAL_TRY_S, first_wait_s=0.0), Patience(first_wait_s=0.0)
    async with (
        service.client(patience=hasty, breaker=breaker) as http,
        service.client(patience=own, breaker=breaker) as patient,
    ):
        yield Worker(worker_engine, keys, service, clock, http, patient)


async def waiting(engine: AsyncEngine) -> int:
    pending = await rows(engine, "SELECT stay_id FROM identity_check WHERE status = 'pending'")
    return len(pending)


async def test_ten_minutes_without_an_answer_lose_and_double_nothing(
    client: httpx.AsyncClient,
    cast: Cast,
    service: Service,
    worker: Worker,
    clock: Clock,
    admin_engine: AsyncEngine,
    record_property: Any,
) -> None:
    desk = Desk(client, cast, await sign_in(client, cast, "lan"))
    service.control(hang=True)
    declared = [UNKNOWN_PERSON, OTHER]
    await desk.declare(*declared)
    # More than fit one question, told while it hangs.
    for minute in range(10):
        more = [number for start in range(2) for number in numbers(10 + 2 * minute + start, 6)]
        await desk.declare(*more)
        declared += more
        await worker.drained()
        if minute == 4:
            await worker.is_killed_in_the_middle()
        while clock.now < (minute + 1) * 60.0:
            await worker.step()
        assert await waiting(admin_engine) == len(declared), "nothing is given up"
    assert set((await desk.identities()).values()) == {"not_yet_checked"}
    assert await flags(admin_engine, "identity-mismatch") == []
    assert clock.now >= TEN_MINUTES
    assert worker.batches > 1, "it was asked again, with growing pauses"
    questions_in_vain = service.seen("questions")
    assert questions_in_vain <= 30, "and not for every guest anew"

    service.control(hang=False)
    worker.awaits_answers()
    ended = clock.now
    while await waiting(admin_engine):
        await worker.step()
        # Twice the longest pause that ten minutes lead to, and a lease.
        assert clock.now - ended < 2 * TEN_MINUTES + LEASE_S
    record_property("longest_delay_s", clock.now)
    record_property("after_the_end_s", clock.now - ended)

    identities = await desk.identities()
    assert len(identities) == len(declared) == 122
    assert Counter(identities.values()) == {"verified": 120, "unknown": 1, "does_not_match": 1}
    assert service.seen("people") == len(declared), "each was answered about once"
    assert len(await flags(admin_engine, "identity-mismatch")) == 1
    once = await rows(admin_engine, "SELECT count(*) AS n FROM identity_check")
    assert once[0].n == len(declared)
    # Another look finds nothing to do, and writes nothing.
    await worker.step()
    assert service.seen("people") == len(declared)
