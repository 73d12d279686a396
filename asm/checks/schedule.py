"""Checks that go by time: which are due, one worker at each, and stays that pass a moment.

When a check last ran is a row on the database's clock. A worker takes a due check for a while and
puts it back with the time up to which it has looked; killed in between, another one looks again,
and finds flags that are raised already.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Interval, TextClause, bindparam
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.model import check_round
from asm.checks.flags.sync import SETTLING
from asm.db.locks import Lock, hold
from asm.db.session import one_transaction
from asm.db.statements import Statements, read_statements
from asm.outbox.leases import NOW, release, take

#: Longer than any round takes.
LEASE: Final = timedelta(minutes=10)
#: How far back a check looks that has never run.
FIRST_LOOK: Final = timedelta(days=31)
#: Stays or facilities in one transaction: short enough that no batch of events waits long.
SLICE: Final = 1000

#: Fragments for statements that raise the flags of stays which pass a moment.
PASSING: Final[Statements] = read_statements(__name__, SETTLING)
_TAKE = take(
    check_round, check_round.c.next_at, LEASE.total_seconds(), check_id=bindparam("check")
).returning(check_round.c.ran_until, check_round.c.leased_until, NOW.label("now"))
_RAN_UNTIL = bindparam("now", type_=DateTime(timezone=True))
_PUT_BACK = release(
    check_round,
    check_round.c.check_id == bindparam("check"),
    check_round.c.leased_until == bindparam("taken_until"),
).values(ran_until=_RAN_UNTIL, next_at=_RAN_UNTIL + bindparam("every", type_=Interval))


class TimeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a check: what came to pass after `since`, up to `now`."""

    since: datetime
    now: datetime


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """How often a check looks by itself, and how: `run` commits slice by slice and returns how
    many flags it raised or closed.
    """

    every: timedelta
    run: Callable[[AsyncEngine, TimeWindow], Awaitable[int]]


async def take_turn(session: AsyncSession) -> None:
    """Let nobody else settle flags until this transaction ends: what time brings and what an event
    says of the same stay must not overtake each other.
    """
    await hold(session, Lock.SETTLE_FLAGS)


async def run_due(engine: AsyncEngine, checks: Mapping[str, Timed]) -> dict[str, int]:
    """Run every check that is due and that no other worker is at; check id → flags changed."""
    done = {}
    for check_id, timed in checks.items():
        async with one_transaction(engine) as session:
            rows = await session.execute(_TAKE, {"check": check_id})
            mine = rows.one_or_none()
        if mine is None:
            continue
        since = mine.ran_until or mine.now - FIRST_LOOK
        done[check_id] = await timed.run(engine, TimeWindow(since=since, now=mine.now))
        back = {"check": check_id, "now": mine.now, "every": timed.every}
        async with one_transaction(engine) as session:
            await session.execute(_PUT_BACK, back | {"taken_until": mine.leased_until})
    return done


async def raise_passing(
    engine: AsyncEngine, statement: TextClause, span: tuple[Any, Any], values: Mapping[str, Any]
) -> int:
    """Slice by slice raise what passed after the first of `span`, up to the second; how many."""
    since, until = span
    facility = stay = UUID(int=2**128 - 1)
    raised: int = 0
    while True:
        async with one_transaction(engine) as session:
            await take_turn(session)
            key = {"since": since, "facility": facility, "stay": stay}
            rows = await session.execute(
                statement, {**values, **key, "until": until, "slice": SLICE}
            )
            last = rows.one_or_none()
        if last is None:
            return raised
        raised += int(last.raised)
        since, facility, stay = last.passed_at, last.facility_id, last.id
        if last.seen < SLICE:
            return raised
