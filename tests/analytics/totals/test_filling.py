"""After an upgrade the worker counts the stays of before by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.published.read_week import read_week
from asm.analytics.totals import keep
from asm.analytics.totals.check import check_totals
from asm.analytics.totals.keep import keep_totals
from asm.analytics.totals.standing import TotalsStanding, totals_standing
from asm.db.migrate import downgrade, migrate
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.errors import Conflict
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from tests.analytics.totals.kept import assert_right, follow_up
from tests.checks.desks import Desks, at, night
from tests.conftest import Database
from tests.faults.worker_process import until, worker_process
from tests.people import fresh_key, guest, party, sign_in

NOW = at(20)
#: What is rolled up from these follows them.
TABLES = ("counted_stay", "night_total", "ward_night", "origin_night", "origin_month")
#: As the migration leaves an installation that worked without totals; its worker emptied the
#: outbox.
UPGRADED = (
    *(f"DELETE FROM {name}" for name in TABLES),
    "DELETE FROM outbox",
    "UPDATE totals_state SET filling = true, checked_at = NULL, differences = NULL",
)


async def upgrade(engine: AsyncEngine) -> None:
    async with make_sessions(engine).begin() as session:
        for statement in UPGRADED:
            await session.execute(text(statement))


async def standing(engine: AsyncEngine) -> TotalsStanding:
    async with one_transaction(engine) as session:
        return await totals_standing(session)


class Stops:
    """A worker that is ended after so many steps of the filling."""

    def __init__(self) -> None:
        self.steps = 2

    @asynccontextmanager
    async def begin(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with one_transaction(engine) as session:
            yield session
        self.steps -= 1
        if not self.steps:
            raise asyncio.CancelledError


@pytest.fixture
async def stays_of_before(desks: Desks, worker_engine: AsyncEngine) -> None:
    """On three days of arrival; somebody comes again, and somebody is in two places at once."""
    await desks.declare("lan", "001095000001", at(3), at(6, 11))
    await desks.declare("tuan", "001095000001", at(4), at(5, 11))
    await desks.declare("hai", "001095000002", at(3), None)
    await desks.declare("bich", "001095000001", at(9), at(10, 11))
    await follow_up(worker_engine, NOW)
    await upgrade(desks.engine)


async def test_stopped_half_way_it_goes_on_while_others_declare(
    stays_of_before: None,
    desks: Desks,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day of arrivals at each start, and somebody declares for the first of them meanwhile; then
    it is stopped before the re-visits. In the end each number is the recount's.
    """
    stops, left = Stops(), []
    monkeypatch.setattr(keep, "_unhurried", stops.begin)
    for document in ("001095000011", "001095000012", "001095000013", "001095000014"):
        stops.steps = 2
        with pytest.raises(asyncio.CancelledError):
            await keep_totals(worker_engine, NOW)
        state = await standing(worker_engine)
        assert (state.filling, state.checked_at) == (True, None)
        left.append(state.days_left)
        await desks.declare("lan", document, at(3), at(7, 11))
        await follow_up(worker_engine, NOW)
    assert left == [2, 1, 0, 0]
    async with one_transaction(worker_engine) as session:
        with pytest.raises(Conflict, match="totals_behind"):
            await read_week(session, night(2), NOW)
    stops.steps = -1
    kept = await keep_totals(worker_engine, NOW)
    assert kept is not None
    assert kept.differences == 0
    state = await standing(worker_engine)
    assert (state.filling, state.days_left) == (False, None)
    await assert_right(admin_session, NOW)
    before = stops.steps
    await keep_totals(worker_engine, NOW)
    assert stops.steps == before


async def test_a_worker_that_is_killed_and_its_successor_fill(
    client: httpx.AsyncClient,
    cast: Cast,
    settings: Settings,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    """Through the front door: pages declare, processes count, the operator's page tells."""
    lan = await sign_in(client, cast, "lan")

    async def declare() -> None:
        url = f"/api/v1/facilities/{cast.hoa_sen}/stays"
        answer = await client.post(url, json=party(guest(), guest()), headers=lan | fresh_key())
        assert answer.status_code == 201, answer.text

    async def filled() -> bool:
        return not (await standing(worker_engine)).filling

    async def lines() -> int:
        async with make_sessions(admin_engine)() as session:
            return int(
                (await session.execute(text("SELECT count(*) FROM counted_stay"))).scalar_one()
            )

    async def counted(wanted: int) -> bool:
        return await lines() == wanted

    await declare()
    await upgrade(admin_engine)
    report = (await client.get("/health/all")).json()["checks"]["totals"]
    assert report == {"ok": True, "detail": "filling"}
    with worker_process(settings) as worker:
        worker.kill()
    await declare()
    with worker_process(settings):
        await until(filled, "the stays of before are counted")
        await declare()
        await until(lambda: counted(6), "all are counted")
    assert (await check_totals(worker_engine)).differences == 0
    assert (await client.get("/health/all")).json()["checks"]["totals"] == {"ok": True}


async def test_an_upgrade_knows_whether_there_is_something_to_fill(
    desks: Desks, database: Database, worker_engine: AsyncEngine
) -> None:
    """From the version before the totals: with stays the worker begins, without any it does not."""
    for document, filling in ((None, False), ("001095000001", True)):
        if document:
            await desks.declare("lan", document, at(3), at(6, 11))
        await worker_engine.dispose()
        await desks.engine.dispose()
        await asyncio.to_thread(downgrade, database.admin_url, "0031")
        await asyncio.to_thread(migrate, database.admin_url, fill=install_rules)
        assert (await standing(worker_engine)).filling is filling
    kept = await keep_totals(worker_engine, NOW)
    assert kept is not None
    assert (kept.filled, kept.differences) == (1, 0)
    assert (await standing(worker_engine)).filling is False
