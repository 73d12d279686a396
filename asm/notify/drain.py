"""Empty the outbox: one leader at a time, effect and removal in one transaction.

The truth is in PostgreSQL and on its clock. A row leaves the outbox in the transaction that did
what it asked for, so a worker killed at any moment leaves either both or neither. A handler may be
given the same event twice (after an operator revives dead rows, say) and must not mind.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.notify.model import outbox

BATCH = 200
MAX_ATTEMPTS = 8
#: The first wait after a failure; each further one is twice as long, ± 50 %: an hour in all.
FIRST_WAIT_S = 30.0
#: `remaining` is counted up to here: it says whether to go on, not how far.
COUNTED_UP_TO = 10_000
_LEADER_LOCK = 7_265_462
log = structlog.get_logger()


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One outbox row as handlers see it. `payload` holds ids only."""

    facility_id: UUID
    id: UUID
    topic: str
    payload: dict[str, Any]


#: Does what a batch of one topic asks for, in the session's transaction, or raises.
Handler = Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]


class DrainReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows done, put off and given up in one batch, and how many more are due (up to 10,000).

    `leading` is False when another worker was at it; nothing was looked at then.
    """

    done: int = 0
    failed: int = 0
    dead: int = 0
    remaining: int = 0
    leading: bool = True


_TRY_TO_LEAD = text("SELECT pg_try_advisory_xact_lock(:lock)")
_DUE = text(
    "SELECT facility_id, id, topic, payload FROM outbox "
    "WHERE dead_at IS NULL AND next_attempt_at <= clock_timestamp() AND topic = ANY(:topics) "
    "ORDER BY next_attempt_at, id LIMIT :limit"
).columns(outbox.c.facility_id, outbox.c.id, outbox.c.topic, outbox.c.payload)
_REMAINING = text(
    "SELECT count(*) FROM (SELECT FROM outbox WHERE dead_at IS NULL "
    "AND next_attempt_at <= clock_timestamp() AND topic = ANY(:topics) LIMIT :limit) AS due"
)
_REMOVE = text(
    "DELETE FROM outbox USING unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) "
    "AS gone (facility_id, id) "
    "WHERE outbox.facility_id = gone.facility_id AND outbox.id = gone.id"
)
_PUT_OFF = text(
    "UPDATE outbox SET attempts = attempts + 1, last_error = fault.error, "
    "dead_at = CASE WHEN attempts + 1 >= :most THEN clock_timestamp() END, "
    "next_attempt_at = clock_timestamp() "
    "+ make_interval(secs => :first_wait * power(2, attempts) * (0.5 + random())) "
    "FROM unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[]), CAST(:errors AS text[])) "
    "AS fault (facility_id, id, error) "
    "WHERE outbox.facility_id = fault.facility_id AND outbox.id = fault.id "
    "RETURNING outbox.id, attempts, dead_at IS NOT NULL AS dead"
)
_REVIVE = text(
    "UPDATE outbox SET dead_at = NULL, attempts = 0, next_attempt_at = clock_timestamp() "
    "WHERE dead_at IS NOT NULL"
)


async def drain(
    engine: AsyncEngine, handlers: Mapping[str, Handler], limit: int = BATCH
) -> DrainReport:
    """Handle one batch of due rows. A row that fails is put off and sinks no other.

    Topics without a handler stay untouched: in a rolling update the older worker must not use up
    the attempts of rows that only the newer one understands. Raises when the database fails; then
    nothing has happened.
    """
    topics = list(handlers)
    async with one_transaction(engine) as session:
        if not (await session.execute(_TRY_TO_LEAD, {"lock": _LEADER_LOCK})).scalar_one():
            return DrainReport(leading=False)
        found = await session.execute(_DUE, {"topics": topics, "limit": limit})
        events = [msgspec.convert(row, Event) for row in found.mappings()]
        faults: dict[UUID, str] = {}
        for topic in topics:
            batch = [event for event in events if event.topic == topic]
            if batch:
                faults |= await _settle(session, handlers[topic], batch)
        await _remove(session, [event for event in events if event.id not in faults])
        dead = await _put_off(session, [event for event in events if event.id in faults], faults)
        left = await session.execute(_REMAINING, {"topics": topics, "limit": COUNTED_UP_TO})
        return DrainReport(
            done=len(events) - len(faults),
            failed=len(faults) - dead,
            dead=dead,
            remaining=left.scalar_one(),
        )


async def revive_dead(session: AsyncSession) -> int:
    """Let every row that was given up be tried again, after its cause was mended; how many."""
    revived = await session.execute(_REVIVE)
    count: int = revived.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count


async def _settle(
    session: AsyncSession, handler: Handler, events: Sequence[Event]
) -> dict[UUID, str]:
    """Handle all at once; when that fails, each half by itself, down to the rows at fault.

    Returns the failed rows with the class of their error: its text may hold personal data.
    """
    try:
        async with session.begin_nested():
            await handler(session, events)
    except Exception as error:
        if _connection_lost(error):
            raise
        if len(events) == 1:
            return {events[0].id: type(error).__name__}
        middle = len(events) // 2
        faults = await _settle(session, handler, events[:middle])
        return faults | await _settle(session, handler, events[middle:])
    return {}


def _connection_lost(error: Exception) -> bool:
    return isinstance(error, PendingRollbackError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


async def _remove(session: AsyncSession, events: Sequence[Event]) -> None:
    if events:
        await session.execute(_REMOVE, _keys(events))


async def _put_off(
    session: AsyncSession, events: Sequence[Event], faults: Mapping[UUID, str]
) -> int:
    if not events:
        return 0
    errors = {"errors": [faults[event.id] for event in events]}
    limits = {"most": MAX_ATTEMPTS, "first_wait": FIRST_WAIT_S}
    rows = (await session.execute(_PUT_OFF, _keys(events) | errors | limits)).all()
    topics = {event.id: event.topic for event in events}
    for row in rows:
        log.warning(
            "outbox_row_given_up" if row.dead else "outbox_row_put_off",
            outbox_id=row.id,
            topic=topics[row.id],
            attempts=row.attempts,
            error=faults[row.id],
        )
    return sum(row.dead for row in rows)


def _keys(events: Sequence[Event]) -> dict[str, Any]:
    return {
        "facilities": [event.facility_id for event in events],
        "ids": [event.id for event in events],
    }
