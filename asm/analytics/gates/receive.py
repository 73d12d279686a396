"""Counts at gates on their way in: numbers for an interval, and nothing else.

1. The gate's own secret opens its rows alone (`asm.gate`, row-level security).
2. The request is looked at as a whole: an interval that overlaps another, of this request or of
   what is stored, is refused with both named, and then nothing of the request is taken.
3. The same interval again is the same count; with other numbers it replaces the old ones.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.login import token_hash
from asm.analytics.gates.model import gate, gate_count
from asm.db.base import vietnam_time
from asm.db.locks import Lock, hold_of
from asm.db.rls import database_now
from asm.db.statements import read_statements
from asm.errors import Conflict, Invalid, Unauthenticated, field_error

MOST_COUNTS: Final = 1000
#: Nothing counts longer at a stretch: figures are by day.
LONGEST: Final = timedelta(hours=24)
#: Nor so short that one person who passes is a row: figures are sums.
SHORTEST: Final = timedelta(minutes=1)
#: How far a gate's clock may be ahead of ours.
TOLERATED_AHEAD: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=400)
MOST_HEADS: Final = 1_000_000
_SQL: Final = read_statements(__name__)
_NEAR: Final = text(_SQL["near"])
_ENTER: Final = text("SELECT set_config('asm.gate', :gate, true)")


class GateCount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Heads in and out from `starts_at` up to `ends_at` (with a zone). Anything else is refused."""

    starts_at: datetime
    ends_at: datetime
    came_in: int
    went_out: int


class GateCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 1,000 intervals of one gate, in any order."""

    counts: list[GateCount]


class CountsReceived(msgspec.Struct, frozen=True, kw_only=True):
    """How many intervals are new, replace other numbers, or were known already."""

    new: int
    corrected: int
    known: int


async def receive_counts(
    session: AsyncSession, gate_id: UUID, secret: str, counts: Sequence[GateCount]
) -> CountsReceived:
    """Store the counts of a gate.

    Raises Unauthenticated for a gate that is not there, has ended or has another secret; Invalid
    with one entry of `errors` for each interval that cannot be; Conflict `gate_overlap`.
    """
    await _enter(session, gate_id, secret)
    _check(counts, await database_now(session))
    ordered = sorted(counts, key=lambda count: (count.starts_at, count.ends_at))
    for earlier, later in pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            raise _overlap(earlier.starts_at, earlier.ends_at, later)
    await hold_of(session, Lock.COUNT_GATES, gate_id)
    stored = await _stored(session, gate_id, ordered)
    done = {"new": 0, "corrected": 0, "known": 0}
    for count in ordered:
        before = stored.get(count.starts_at)
        if before is None:
            done["new"] += 1
        elif (before.came_in, before.went_out) == (count.came_in, count.went_out):
            done["known"] += 1
            continue
        else:
            done["corrected"] += 1
        await _write(session, gate_id, count)
    return CountsReceived(**done)


async def _enter(session: AsyncSession, gate_id: UUID, secret: str) -> None:
    await session.execute(_ENTER, {"gate": str(gate_id)})
    rows = await session.execute(
        select(gate.c.id).where(
            gate.c.id == gate_id,
            gate.c.secret_hash == token_hash(secret),
            gate.c.ended_at.is_(None),
        )
    )
    if rows.one_or_none() is None:
        await session.execute(_ENTER, {"gate": ""})
        raise Unauthenticated("gate_unknown")


def _check(counts: Sequence[GateCount], now: datetime) -> None:
    if not 1 <= len(counts) <= MOST_COUNTS:
        raise Invalid(
            "gate_counts_number",
            errors=[field_error("/counts", "gate_counts_number", most=MOST_COUNTS)],
            most=MOST_COUNTS,
        )
    errors = []
    for position, count in enumerate(counts):
        errors += _errors_of(f"/counts/{position}", count, now)
    if errors:
        raise Invalid("gate_counts_refused", errors=errors)


def _errors_of(pointer: str, count: GateCount, now: datetime) -> list[dict[str, Any]]:
    times = {"starts_at": count.starts_at, "ends_at": count.ends_at}
    errors = [
        field_error(f"{pointer}/{field}", "gate_zone_missing")
        for field, time in times.items()
        if time.tzinfo is None
    ] or _errors_of_times(pointer, count, now)
    heads = {"came_in": count.came_in, "went_out": count.went_out}
    return errors + [
        field_error(f"{pointer}/{field}", "gate_heads", most=MOST_HEADS)
        for field, number in heads.items()
        if not 0 <= number <= MOST_HEADS
    ]


def _errors_of_times(pointer: str, count: GateCount, now: datetime) -> list[dict[str, Any]]:
    errors = []
    if not timedelta(0) < count.ends_at - count.starts_at <= LONGEST:
        errors.append(field_error(f"{pointer}/ends_at", "gate_interval", hours=24))
    elif count.ends_at - count.starts_at < SHORTEST:
        errors.append(field_error(f"{pointer}/ends_at", "gate_interval_short", minutes=1))
    if count.ends_at > now + TOLERATED_AHEAD:
        ahead = round((count.ends_at - now).total_seconds() / 60)
        errors.append(field_error(f"{pointer}/ends_at", "gate_clock_ahead", minutes=ahead))
    if count.starts_at < now - OLDEST:
        errors.append(field_error(f"{pointer}/starts_at", "gate_too_old", days=OLDEST.days))
    return errors


async def _stored(
    session: AsyncSession, gate_id: UUID, ordered: Sequence[GateCount]
) -> dict[datetime, GateCount]:
    """What is stored of these very intervals, by their start. Raises Conflict for one that overlaps
    one of them without being the same.
    """
    rows = await session.execute(
        _NEAR,
        {
            "gate": gate_id,
            "starts": [count.starts_at for count in ordered],
            "ends": [count.ends_at for count in ordered],
        },
    )
    stored = {}
    for row in rows:
        count = ordered[row.position - 1]
        if (row.starts_at, row.ends_at) != (count.starts_at, count.ends_at):
            raise _overlap(row.starts_at, row.ends_at, count)
        stored[count.starts_at] = GateCount(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            came_in=row.came_in,
            went_out=row.went_out,
        )
    return stored


async def _write(session: AsyncSession, gate_id: UUID, count: GateCount) -> None:
    fields = msgspec.structs.asdict(count)
    await session.execute(
        insert(gate_count)
        .values(gate_id=gate_id, **fields)
        .on_conflict_do_update(
            index_elements=[gate_count.c.gate_id, gate_count.c.starts_at],
            set_={
                "came_in": count.came_in,
                "went_out": count.went_out,
                "version": gate_count.c.version + 1,
                "received_at": func.clock_timestamp(),
            },
        )
    )


def _overlap(starts_at: datetime, ends_at: datetime, count: GateCount) -> Conflict:
    return Conflict(
        "gate_overlap",
        first=_written(starts_at, ends_at),
        second=_written(count.starts_at, count.ends_at),
    )


def _written(starts_at: datetime, ends_at: datetime) -> str:
    return f"{vietnam_time(starts_at).isoformat()}/{vietnam_time(ends_at).isoformat()}"
