"""A facility that has declared nobody on a night on which it always has guests.

A silent facility looks like an empty one. From a quarter past eleven, when all who came in the
evening are due, until morning each active facility without a guest is held against its own pattern.
One flag lasts as long as the silence: the next nights add none, and what an officer dismissed stays
so until the facility has declared again. Who says "no guests tonight" is not silent.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import NEAR, Batch
from asm.checks.flags.check import build_check
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import SLICE, Timed, TimeWindow, take_turn
from asm.checks.usual_nights import USUAL, VALUES
from asm.db.base import vietnam_time
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.facilities.nights import MORNING, current_night
from asm.outbox.drain import Event

CHECK_ID: Final = "facility-unusually-silent"
SEVERITY: Final = "medium"
EVENING: Final = time(23, 15)

_SQL = read_statements(__name__, SETTLING, USUAL)
_CLOSE_DECLARED = text(_SQL["close_declared"])
_CLOSE_SHUT = text("""
UPDATE flag SET closed_at = clock_timestamp() FROM facility
WHERE flag.check_id = :check AND flag.closed_at IS NULL AND facility.id = flag.facility_id
  AND (facility.status <> 'active' OR EXISTS (
    SELECT FROM closure WHERE closure.facility_id = flag.facility_id
      AND closure.starts_on <= CAST(flag.subject AS date)
      AND closure.ends_on > CAST(flag.subject AS date)
  ))
""")
_CLOSE_QUIET = text(_SQL["close_quiet"])
_RAISE = text(_SQL["raise_silent"])


async def check_silence(session: AsyncSession, batch: Batch) -> None:
    """Close the flags of facilities that have declared for the night, however late."""
    await session.execute(_CLOSE_DECLARED, batch.values | {"check": CHECK_ID})


async def close_silence(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler: who said "no guests" for a night is not silent, nor was before it."""
    values = {
        "check": CHECK_ID,
        "facilities": [event.facility_id for event in events],
        "nights": [date.fromisoformat(event.payload["night"]) for event in events],
    }
    await session.execute(_CLOSE_QUIET, values)


def night_to_check(now: datetime) -> date | None:
    """The night in progress, once those who came in the evening are due; None by day. Pure."""
    clock = vietnam_time(now).time()
    return current_night(now) if clock >= EVENING or clock < MORNING else None


async def find_silent(engine: AsyncEngine, due: TimeWindow) -> int:
    """Hold each facility without a guest against its pattern, a slice of facilities at a time."""
    async with one_transaction(engine) as session:
        await take_turn(session)
        closed = await session.execute(_CLOSE_SHUT, {"check": CHECK_ID})
        changed: int = closed.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    night = night_to_check(due.now)
    if night is None:
        return changed
    values: dict[str, Any] = {"check": CHECK_ID, "severity": SEVERITY, "slice": SLICE}
    values |= VALUES | {"night": night, "since": night - NEAR}
    after = UUID(int=0)
    while True:
        async with one_transaction(engine) as session:
            await take_turn(session)
            slice_row = (await session.execute(_RAISE, values | {"after": after})).one_or_none()
        if slice_row is None:
            return changed
        changed += int(slice_row.raised)
        if slice_row.seen < SLICE:
            return changed
        after = slice_row.last


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "night": "day",
        "recent_declared": "number",
        "recent_nights": "number",
        "usual_guests": "number",
        "year_ago_declared": "number",
        "year_ago_nights": "number",
    },
    run=check_silence,
    timed=Timed(every=timedelta(minutes=30), run=find_silent),
)
