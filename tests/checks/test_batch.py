"""The changed stays of a batch, and how statements about them are planned."""

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.batch import MANY, find_changed
from asm.db.session import one_transaction
from asm.notify.drain import Event
from tests.checks.causes import entry
from tests.checks.desks import Desks, at, rows


@pytest.mark.parametrize(("stays", "planned"), [(MANY, "force_custom_plan"), (MANY - 1, "auto")])
async def test_statements_about_many_stays_are_planned_for_as_many(
    desks: Desks, worker_engine: AsyncEngine, stays: int, planned: str
) -> None:
    await desks.declare_all("lan", [entry(at(1), at(2, 11)) for _ in range(stays)])
    waiting = await rows(worker_engine, "SELECT facility_id, id, topic, payload FROM outbox")
    events = [msgspec.convert(dict(row._mapping), Event) for row in waiting]
    async with one_transaction(worker_engine) as session:
        batch = await find_changed(session, events)
        assert batch is not None
        assert len(batch.stays) == stays
        mode = await session.execute(text("SHOW plan_cache_mode"))
        assert mode.scalar_one() == planned
    async with one_transaction(worker_engine) as session:
        mode = await session.execute(text("SHOW plan_cache_mode"))
        assert mode.scalar_one() == "auto", "it ends with the transaction"
