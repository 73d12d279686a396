"""Notice by rule that no declaration could come in, and write it into the log of incidents.

The worker gives a sign of life every few seconds, in the same database that declarations go into.
When the signs of every worker stopped for a minute and the reason was the database (a worker that
lived could not reach it, or PostgreSQL itself started again in that time), intake was down. A gap
for any other reason (workers ended, a clock that was set) proves nothing and opens nothing.

Web processes write down when full queues refused declarations. Such a time that goes on for a
minute is an incident, opened while it lasts and ended half a minute after the last refusal. One
facility that fills its own part of the queue is none: nobody excuses himself by flooding us.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.locks import Lock, hold
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.stays.incidents.incident_log import NewIncident, close_incident, open_incident
from asm.stays.model import incident

#: Shorter gaps are a restart, which every sender's second try bridges.
SHORTEST: Final = timedelta(seconds=60)
#: Refusals further apart than this are two incidents, not one.
QUIET: Final = timedelta(seconds=30)
_GAP = text(
    "SELECT max(at) AS last, clock_timestamp() AS now, "
    "coalesce(pg_postmaster_start_time() > max(at), false) AS restarted FROM worker_heartbeat"
)
_SQL = read_statements(__name__)
_SPELLS = text(_SQL["spells"])
_FORGET = text("DELETE FROM intake_refusal WHERE first_at >= :first AND last_at <= :last")


async def open_outage_incident(engine: AsyncEngine, *, unreachable: bool) -> int | None:
    """Open and end an incident for the gap before this moment, if the database was away in it; its
    number. Call it before the worker's next sign of life. `unreachable`: this worker has tried.
    """
    async with one_transaction(engine) as session:
        await hold(session, Lock.WATCH_INTAKE)
        gap = (await session.execute(_GAP)).one()
        if gap.last is None or gap.now - gap.last < SHORTEST:
            return None
        if not (unreachable or gap.restarted):
            return None
        outage = NewIncident(started_at=gap.last, ended_at=gap.now)
        return await open_incident(session, None, outage, "database_unreachable")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents of full queues that one look opened and ended."""

    opened: int = 0
    ended: int = 0


async def open_overflow_incident(
    engine: AsyncEngine, now: datetime | None = None
) -> Refused | None:
    """Open and end incidents for the times in which full queues refused; None when none changed.
    `now`: the database's clock unless a test passes another. Harmless to repeat and to run twice at
    once: an incident is known by when it started.
    """
    opened = ended = 0
    async with one_transaction(engine) as session:
        await hold(session, Lock.WATCH_INTAKE)
        for spell in (await session.execute(_SPELLS, {"quiet": QUIET, "now": now})).all():
            if spell.last_at - spell.first_at >= SHORTEST:
                done = await _settle(session, spell)
                opened, ended = opened + done.opened, ended + done.ended
            if spell.over:
                await session.execute(_FORGET, {"first": spell.first_at, "last": spell.last_at})
    return Refused(opened=opened, ended=ended) if opened or ended else None


async def _settle(session: AsyncSession, spell: Any) -> Refused:
    end = spell.last_at if spell.over else None
    known = await session.execute(
        select(incident).where(
            incident.c.cause == "queue_full", incident.c.started_at == spell.first_at
        )
    )
    standing = known.one_or_none()
    if standing is None:
        overflow = NewIncident(started_at=spell.first_at, ended_at=end)
        await open_incident(session, None, overflow, "queue_full")
        return Refused(opened=1, ended=int(spell.over))
    # An administrator may have ended it or taken it back meanwhile: that stands.
    if end is None or standing.ended_at is not None or standing.withdrawn_at is not None:
        return Refused()
    await close_incident(session, None, standing.number, end)
    return Refused(ended=1)
