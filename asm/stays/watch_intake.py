"""Notice by rule that no declaration could come in, and write it into the log of incidents.

The worker gives a sign of life every few seconds, in the same database that declarations go into.
When the signs of every worker stopped for a minute and the reason was the database (a worker that
lived could not reach it, or PostgreSQL itself started again in that time), intake was down. A gap
for any other reason (workers ended, a clock that was set) proves nothing and opens nothing.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.stays.incidents import NewIncident, open_incident

#: Shorter gaps are a restart, which every sender's second try bridges.
SHORTEST: Final = timedelta(seconds=60)
_LOCK: Final = 7_265_471
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:lock)")
_GAP = text(
    "SELECT max(at) AS last, clock_timestamp() AS now, "
    "coalesce(pg_postmaster_start_time() > max(at), false) AS restarted FROM worker_heartbeat"
)


async def note_outage(engine: AsyncEngine, *, unreachable: bool) -> int | None:
    """Open and end an incident for the gap before this moment, if the database was away in it; its
    number. Call it before the worker's next sign of life. `unreachable`: this worker has tried.
    """
    async with one_transaction(engine) as session:
        await session.execute(_ONE_AT_A_TIME, {"lock": _LOCK})
        gap = (await session.execute(_GAP)).one()
        if gap.last is None or gap.now - gap.last < SHORTEST:
            return None
        if not (unreachable or gap.restarted):
            return None
        told = NewIncident(started_at=gap.last, ended_at=gap.now)
        return await open_incident(session, None, told, "database_unreachable")
