"""Empty the outbox: one leader at a time, effect and removal in one transaction.

The truth is in PostgreSQL and on its clock. A batch is claimed first: its attempts are counted and
it is leased until a moment that passes by itself. A row then leaves the outbox in the transaction
that did what it asked for, so a worker killed at any moment leaves either both or neither, and an
event that kills every worker is counted too: it is tried in ever smaller company, at last alone,
and given up. A handler may be given the same event twice (after an operator lets dead rows be
tried again, say) and must not mind.
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
from asm.outbox.model import outbox

BATCH = 200
MAX_ATTEMPTS = 8
#: The first wait after a failure; each further one is twice as long, ± 50 %: an hour in all.
FIRST_WAIT_S = 30.0
#: `remaining` is counted up to here: it says whether to go on, not how far.
COUNTED_UP_TO = 10_000
#: How long a claimed batch is left alone after its worker has gone. The leader's lock, not the
#: lease, keeps two workers from one batch, so a batch may well take longer.
LEASE_S = 10.0
#: What is written as the error of a row whose worker was gone before it had settled it.
LEASE_RAN_OUT = "LeaseRanOut"
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

    `dead` counts those given up because no worker survived them, too.

    `leading` is False when another worker was at it; nothing was looked at then.
    """

    done: int = 0
    failed: int = 0
    dead: int = 0
    remaining: int = 0
    leading: bool = True


#: No row is put off for longer: one that seems to be was written before the clock was set back.
LONGEST_WAIT_S = FIRST_WAIT_S * 2 ** (MAX_ATTEMPTS - 1) * 1.5
_IS_DUE = (
    "dead_at IS NULL AND topic = ANY(:topics) AND (next_attempt_at <= clock_timestamp() "
    "OR attempts = 0 OR leased_until > clock_timestamp() + make_interval(secs => :lease) "
    "OR next_attempt_at > clock_timestamp() + make_interval(secs => :longest))"
)
_CLOCKS = {"lease": LEASE_S, "longest": LONGEST_WAIT_S}
_TRY_TO_LEAD = text("SELECT pg_try_advisory_xact_lock(:lock)")
_DUE = text(
    "SELECT facility_id, id, topic, payload, attempts, leased_until "  # noqa: S608 -- a constant
    f"FROM outbox WHERE {_IS_DUE} ORDER BY next_attempt_at, id LIMIT :limit"
).columns(outbox.c.facility_id, outbox.c.id, outbox.c.topic, outbox.c.payload)
# A row is due again when its lease has run out: one index finds both.
_CLAIM = text(
    "UPDATE outbox SET attempts = attempts + 1, leased_until = until.at, "
    "next_attempt_at = until.at "
    "FROM (SELECT clock_timestamp() + make_interval(secs => :lease) AS at) AS until, "
    "unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) AS mine (facility_id, id) "
    "WHERE outbox.facility_id = mine.facility_id AND outbox.id = mine.id"
)
_GIVE_UP = text(
    "UPDATE outbox SET dead_at = clock_timestamp(), leased_until = NULL, last_error = :error "
    "FROM unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) AS gone (facility_id, id) "
    "WHERE outbox.facility_id = gone.facility_id AND outbox.id = gone.id"
)
_REMAINING = text(
    f"SELECT count(*) FROM (SELECT FROM outbox WHERE {_IS_DUE} LIMIT :limit) AS due"  # noqa: S608 -- a constant
)
_REMOVE = text(
    "DELETE FROM outbox USING unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[])) "
    "AS gone (facility_id, id) "
    "WHERE outbox.facility_id = gone.facility_id AND outbox.id = gone.id"
)
_PUT_OFF = text(
    "UPDATE outbox SET last_error = fault.error, leased_until = NULL, "
    "dead_at = CASE WHEN attempts >= :most THEN clock_timestamp() END, "
    "next_attempt_at = clock_timestamp() "
    "+ make_interval(secs => :first_wait * power(2, attempts - 1) * (0.5 + random())) "
    "FROM unnest(CAST(:facilities AS uuid[]), CAST(:ids AS uuid[]), CAST(:errors AS text[])) "
    "AS fault (facility_id, id, error) "
    "WHERE outbox.facility_id = fault.facility_id AND outbox.id = fault.id "
    "RETURNING outbox.id, attempts, dead_at IS NOT NULL AS dead"
)


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """A row that may be claimed. Due with a lease, its last worker was gone before it settled."""

    event: Event
    attempts: int
    lost: bool


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
        events, given_up = await _claim(engine, topics, limit)
        faults: dict[UUID, str] = {}
        for topic in topics:
            batch = [event for event in events if event.topic == topic]
            if batch:
                faults |= await _settle(session, handlers[topic], batch)
        await _remove(session, [event for event in events if event.id not in faults])
        dead = await _put_off(session, [event for event in events if event.id in faults], faults)
        left = await session.execute(
            _REMAINING, {"topics": topics, "limit": COUNTED_UP_TO} | _CLOCKS
        )
        return DrainReport(
            done=len(events) - len(faults),
            failed=len(faults) - dead,
            dead=dead + given_up,
            remaining=left.scalar_one(),
        )


async def _claim(engine: AsyncEngine, topics: Sequence[str], limit: int) -> tuple[list[Event], int]:
    """Take the next batch, for good at once: whoever dies with it has been counted. The second is
    how many rows were given up because every worker that took them was gone before the end.

    The leader holds the lock meanwhile, so nobody else claims.
    """
    async with one_transaction(engine) as session:
        found = await session.execute(_DUE, {"topics": list(topics), "limit": limit} | _CLOCKS)
        due = [_due(row) for row in found.mappings()]
        hopeless = [row for row in due if row.lost and row.attempts >= MAX_ATTEMPTS]
        if hopeless:
            await session.execute(
                _GIVE_UP, _keys([row.event for row in hopeless]) | {"error": LEASE_RAN_OUT}
            )
        for row in hopeless:
            log.error("outbox_row_kills_workers", outbox_id=row.event.id, topic=row.event.topic)
        batch = [row.event for row in _company([r for r in due if r not in hopeless], limit)]
        if batch:
            await session.execute(_CLAIM, _keys(batch) | {"lease": LEASE_S})
        return batch, len(hopeless)


def _due(row: Mapping[Any, Any]) -> _Due:
    return _Due(
        event=Event(
            facility_id=row["facility_id"], id=row["id"], topic=row["topic"], payload=row["payload"]
        ),
        attempts=row["attempts"],
        lost=row["leased_until"] is not None,
    )


def _company(due: Sequence[_Due], limit: int) -> list[_Due]:
    """Who is tried together: fresh rows with fresh ones, and those that were lost with a worker in
    an eighth of the company that they had, so that the one at fault takes ever fewer along.
    """
    if not due or not due[0].lost:
        return [row for row in due if not row.lost]
    size = max(1, limit >> (3 * due[0].attempts))
    return [row for row in due if row.lost and row.attempts == due[0].attempts][:size]


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
