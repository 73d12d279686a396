"""Totals of rows that were written past the front door, as if the worker had followed them."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_sessions
from asm.facilities.nights import current_night
from tests.analytics.totals.kept import follow_up

#: How far back houses are counted.
BACK = timedelta(days=45)
_OPEN = text(
    "UPDATE totals_state SET first_night = :first, last_night = CAST(:first AS date) - 1 "
    "WHERE last_night IS NULL"
)
_OF_STAYS = text("""
INSERT INTO outbox (facility_id, id, topic, payload)
SELECT facility_id, gen_random_uuid(), 'stay.recount', jsonb_build_object('stay_id', id) FROM stay
""")
_OF_HOUSES = text("""
INSERT INTO outbox (facility_id, id, topic, payload)
SELECT id, gen_random_uuid(), 'facility.capacity_changed',
  jsonb_build_object('since', CAST(:first AS date)) FROM facility
""")


async def count_rows(admin: AsyncEngine, worker: AsyncEngine, now: datetime) -> None:
    """Count all stays and houses there are, and what waits in the outbox, as of `now`."""
    first = current_night(now) - BACK
    async with make_sessions(admin).begin() as session:
        await session.execute(_OPEN, {"first": first})
        await session.execute(_OF_STAYS)
        await session.execute(_OF_HOUSES, {"first": first})
    await follow_up(worker, now)
