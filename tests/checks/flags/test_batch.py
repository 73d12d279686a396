"""How the statement that grows with a house's stays is planned."""

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.flags.batch import find_changed
from asm.checks.one_person.near_stays import MANY, stays_of_same_people
from asm.db.session import one_transaction
from asm.outbox.drain import Event
from tests.checks.causes import entry
from tests.checks.desks import Desks, at, rows

PLANS = (
    "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
    "WHERE statement ~ 'near AS' AND statement !~ 'generic_plans'"
)


@pytest.mark.parametrize(("stays", "generic"), [(MANY, False), (MANY - 1, True)])
async def test_many_stays_are_planned_for_as_many(
    desks: Desks, worker_engine: AsyncEngine, stays: int, generic: bool
) -> None:
    await desks.declare_all("lan", [entry(at(1), at(2, 11)) for _ in range(stays)])
    waiting = await rows(worker_engine, "SELECT facility_id, id, topic, payload FROM outbox")
    events = [msgspec.convert(dict(row._mapping), Event) for row in waiting]
    async with one_transaction(worker_engine) as session:
        await session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        batch = await find_changed(session, events)
        assert batch is not None
        assert len(batch.stays) == stays
        assert len(await stays_of_same_people(session, batch)) == stays
        plans = (await session.execute(text(PLANS))).one()
    assert (plans.generic_plans > 0) is generic
    assert (plans.custom_plans > 0) is not generic
