"""Counters as rows of the database, on its clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.throttling.limits import Count, Limit, after_try, taken_back
from asm.db.statements import read_statements

_SQL = read_statements(__name__)
_BLOCKED = text(_SQL["blocked"])
_LOCK_COUNTS = text(_SQL["lock_counts"])
_WRITE_COUNTS = text(_SQL["write_counts"])
_FORGET_COUNTS = text(_SQL["forget_counts"])


class Counted(msgspec.Struct, frozen=True):
    """One counter of a try. `what`: network, pair, subject, known or right."""

    what: str
    key: bytes
    limit: Limit


#: Each counter and the database's clock.
Held = dict[bytes, tuple[Count, datetime]]


async def waits(session: AsyncSession, counters: Iterable[Counted]) -> dict[bytes, timedelta]:
    """How long each of these that is blocked still lets nothing through, by key. Locks nothing."""
    rows = await session.execute(_BLOCKED, {"keys": [each.key for each in counters]})
    return {row.key: row.blocked_until - row.now for row in rows}


async def hold(session: AsyncSession, counters: Iterable[Counted]) -> Held:
    """The counters, made where they are missing and held until the transaction ends."""
    keys = [each.key for each in counters]
    if not keys:
        return {}
    rows = await session.execute(_LOCK_COUNTS, {"keys": keys})
    return {row.key: (Count(row.empty_at, row.blocked_until), row.now) for row in rows}


def waits_of_held(held: Held) -> dict[bytes, timedelta]:
    """As `waits`, of counters that are held."""
    return {
        key: count.blocked_until - now
        for key, (count, now) in held.items()
        if count.blocked_until is not None and count.blocked_until > now
    }


async def count(session: AsyncSession, held: Held, counters: Iterable[Counted]) -> list[Counted]:
    """One more try on each; those that are blocked by it."""
    new = {each: after_try(each.limit, *held[each.key]) for each in counters}
    await _write(session, {each.key: count for each, count in new.items()})
    return [each for each, count in new.items() if count.blocked_until is not None]


async def take_back(session: AsyncSession, held: Held, counters: Iterable[Counted]) -> None:
    """One try less on each."""
    await _write(session, {each.key: taken_back(each.limit, *held[each.key]) for each in counters})


async def forget(session: AsyncSession, counters: Iterable[Counted]) -> None:
    """All tries of each."""
    keys = [each.key for each in counters]
    if keys:
        await session.execute(_FORGET_COUNTS, {"keys": keys})


async def _write(session: AsyncSession, counts: dict[bytes, Count]) -> None:
    if not counts:
        return
    await session.execute(
        _WRITE_COUNTS,
        {
            "keys": list(counts),
            "empty_at": [count.empty_at for count in counts.values()],
            "blocked_until": [count.blocked_until for count in counts.values()],
        },
    )
