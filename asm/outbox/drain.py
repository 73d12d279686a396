"""Empty the outbox: one leader at a time, effect and removal in one transaction.

The truth is in PostgreSQL and on its clock. A batch is claimed first: its attempts are counted and
it is leased until a moment that passes by itself. A row then leaves the outbox in the transaction
that did what it asked for, so a worker killed at any moment leaves either both or neither, and an
event that kills every worker is counted too: it is tried in ever smaller company, at last alone,
and given up. A handler may be given the same event twice (after an operator lets dead rows be
tried again, say) and must not mind.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import (
    ARRAY,
    Double,
    Text,
    and_,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.direct import as_json
from asm.db.locks import Lock, try_to_hold
from asm.db.session import one_transaction
from asm.outbox.leases import BackOff, after, given, lease_end, leased, matched, release
from asm.outbox.model import outbox

BATCH = 200
MAX_ATTEMPTS = 8
#: An hour in all, ± 50 %.
BACK_OFF = BackOff(first_s=30.0, longest_s=30.0 * 2 ** (MAX_ATTEMPTS - 1))
#: `remaining` is counted up to here: it says whether to go on, not how far.
COUNTED_UP_TO = 10_000
#: How long a claimed batch is left alone after its worker has gone. The leader's lock, not the
#: lease, keeps two workers from one batch, so a batch may well take longer.
LEASE_S = 10.0
#: What is written as the error of a row whose worker was gone before it had settled it.
LEASE_RAN_OUT = "LeaseRanOut"
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
LONGEST_WAIT_S = BACK_OFF.longest_s * BACK_OFF.most
_IS_DUE = and_(
    outbox.c.dead_at.is_(None),
    outbox.c.topic == any_(bindparam("topics", type_=ARRAY(Text))),
    or_(
        outbox.c.next_attempt_at <= func.clock_timestamp(),
        outbox.c.attempts == 0,
        outbox.c.leased_until > after(literal(LEASE_S, Double)),
        outbox.c.next_attempt_at > after(literal(LONGEST_WAIT_S, Double)),
    ),
)
#: For the transaction at hand. A plan made for one batch costs as much as carrying it out, and what
#: it takes from a table's statistics flips it: whole months read instead of 200 keys looked up.
PLAN_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
_KEY = (outbox.c.facility_id, outbox.c.id)
DUE = (
    select(*_KEY, outbox.c.topic, outbox.c.payload, outbox.c.attempts, outbox.c.leased_until)
    .where(_IS_DUE)
    .order_by(outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("limit"))
)
_REMAINING = select(func.count()).select_from(
    select(literal(1)).where(_IS_DUE).limit(bindparam("limit")).subquery("due")
)
_GIVEN = given(outbox, outbox.c.last_error)
_MINE = matched(outbox, _GIVEN)
# A row is due again when its lease has run out: one index finds both.
_CLAIM = leased(outbox, _GIVEN, LEASE_S).values(
    attempts=outbox.c.attempts + 1, next_attempt_at=lease_end(LEASE_S)
)
_GIVE_UP = release(outbox, _MINE).values(dead_at=func.clock_timestamp(), last_error=LEASE_RAN_OUT)
_REMOVE = delete(outbox).where(_MINE)
_PUT_OFF = (
    release(outbox, _MINE)
    .values(
        last_error=_GIVEN.c.last_error,
        dead_at=case((outbox.c.attempts >= MAX_ATTEMPTS, func.clock_timestamp())),
        next_attempt_at=after(BACK_OFF.seconds(outbox.c.attempts - 1)),
    )
    .returning(outbox.c.id, outbox.c.attempts, outbox.c.dead_at.is_not(None).label("dead"))
)


class _GivenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as `_GIVEN` reads it: its key, and why it failed."""

    facility_id: UUID
    id: UUID
    last_error: str | None


class _Due(msgspec.Struct, frozen=True, kw_only=True):
    """A row that may be claimed. Due with a lease, its last worker was gone before it settled."""

    event: Event
    attempts: int
    lost: bool


async def drain(
    engine: AsyncEngine, handlers: Mapping[str, Handler], limit: int = BATCH
) -> DrainReport:
    """Handle one batch of due rows. A row that fails is put off and sinks no other.

    1. lead, for as long as this transaction lasts, or leave it to who does
    2. claim a batch, in a transaction of its own: its attempts count from now on
    3. let each topic's handler do what is asked for
    4. remove what is done, put off or give up what failed
    5. count what is left, and commit 3 and 4 as one

    Topics without a handler stay untouched: in a rolling update the older worker must not use up
    the attempts of rows that only the newer one understands. Raises when the database fails; then
    nothing has happened.
    """
    topics = list(handlers)
    async with one_transaction(engine) as session:
        if not await try_to_hold(session, Lock.LEAD_OUTBOX):
            return DrainReport(leading=False)
        await session.execute(PLAN_ONCE)
        events, given_up = await _claim(engine, topics, limit)
        error_names: dict[UUID, str] = {}
        for topic in topics:
            batch = [event for event in events if event.topic == topic]
            if batch:
                error_names |= await _settle(session, handlers[topic], batch)
        await _remove(session, [event for event in events if event.id not in error_names])
        dead = await _put_off(
            session, [event for event in events if event.id in error_names], error_names
        )
        left = await session.execute(_REMAINING, {"topics": topics, "limit": COUNTED_UP_TO})
        return DrainReport(
            done=len(events) - len(error_names),
            failed=len(error_names) - dead,
            dead=dead + given_up,
            remaining=left.scalar_one(),
        )


async def _claim(engine: AsyncEngine, topics: Sequence[str], limit: int) -> tuple[list[Event], int]:
    """Take the next batch, for good at once: whoever dies with it has been counted. The second is
    how many rows were given up because every worker that took them was gone before the end.

    The leader holds the lock meanwhile, so nobody else claims.
    """
    async with one_transaction(engine) as session:
        rows = await session.execute(DUE, {"topics": list(topics), "limit": limit})
        due = [_due(row) for row in rows.mappings()]
        hopeless = [row for row in due if row.lost and row.attempts >= MAX_ATTEMPTS]
        if hopeless:
            await session.execute(_GIVE_UP, _rows([row.event for row in hopeless]))
        for row in hopeless:
            log.error("outbox_row_kills_workers", outbox_id=row.event.id, topic=row.event.topic)
        batch = [row.event for row in _next_batch([r for r in due if r not in hopeless], limit)]
        if batch:
            await session.execute(_CLAIM, _rows(batch))
        return batch, len(hopeless)


def _due(row: Mapping[Any, Any]) -> _Due:
    return _Due(
        event=Event(
            facility_id=row["facility_id"], id=row["id"], topic=row["topic"], payload=row["payload"]
        ),
        attempts=row["attempts"],
        lost=row["leased_until"] is not None,
    )


def _next_batch(due: Sequence[_Due], limit: int) -> list[_Due]:
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
        error_names = await _settle(session, handler, events[:middle])
        return error_names | await _settle(session, handler, events[middle:])
    return {}


def _connection_lost(error: Exception) -> bool:
    return isinstance(error, PendingRollbackError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


async def _remove(session: AsyncSession, events: Sequence[Event]) -> None:
    if events:
        await session.execute(_REMOVE, _rows(events))


async def _put_off(
    session: AsyncSession, events: Sequence[Event], error_names: Mapping[UUID, str]
) -> int:
    if not events:
        return 0
    rows = (await session.execute(_PUT_OFF, _rows(events, error_names))).all()
    topics = {event.id: event.topic for event in events}
    for row in rows:
        log.warning(
            "outbox_row_given_up" if row.dead else "outbox_row_put_off",
            outbox_id=row.id,
            topic=topics[row.id],
            attempts=row.attempts,
            error=error_names[row.id],
        )
    return sum(row.dead for row in rows)


def _rows(
    events: Sequence[Event], error_names: Mapping[UUID, str] = MappingProxyType({})
) -> dict[str, str]:
    rows = [
        _GivenRow(facility_id=event.facility_id, id=event.id, last_error=error_names.get(event.id))
        for event in events
    ]
    return {"rows": as_json(rows)}
