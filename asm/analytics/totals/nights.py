"""Which nights are in the totals, and opening the next: who stays is carried on.

The totals hold each night by itself, up to and with the one in progress. When the next begins, all
that the ledger already knows of it is added at once: who stays on, who arrives that was declared
ahead, who leaves, and what is open. A clock that is set back opens nothing and takes nothing back;
after days of standing still all missing nights are opened together.
"""

from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.analytics.totals.houses import count_houses
from asm.analytics.totals.model import totals_state
from asm.db.locks import Lock, hold
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.facilities.nights import current_night

_SQL: Final = read_statements(__name__, CONTRIBUTIONS)
_CARRY_ON: Final = text(_SQL["carry_on"])
_RECOUNTING: Final = text("SELECT set_config('asm.recounting', :word, true)")
#: So many nights are opened in one transaction, after however long a time.
MOST_AT_ONCE: Final = 31


class OpenNights(msgspec.Struct, frozen=True, kw_only=True):
    """Capacity is kept from `first` on; nights up to and with `last` are in the totals."""

    first: date
    last: date


class OpenedNights(msgspec.Struct, frozen=True, kw_only=True):
    """How many nights were opened, and the last that is open."""

    nights: int
    last: date


async def keep_open(engine: AsyncEngine, now: datetime | None = None) -> OpenedNights | None:
    """Open what has begun; None when nothing has. `now`: the database's clock."""
    opened = 0
    while True:
        async with one_transaction(engine) as session:
            before = await _state(session)
            if before is not None and before.last >= current_night(
                now or await database_now(session)
            ):
                break
            after = await open_nights(session, now)
        opened += 1 if before is None else (after.last - before.last).days
    return OpenedNights(nights=opened, last=before.last) if opened else None


async def open_nights(session: AsyncSession, now: datetime | None = None) -> OpenNights:
    """Which nights are open, after opening what has begun since (at most MOST_AT_ONCE). Holds
    Lock.COUNT_TOTALS until the transaction ends: one at a time changes totals.
    """
    await hold(session, Lock.COUNT_TOTALS)
    tonight = current_night(now or await database_now(session))
    state = await _state(session)
    if state is None:
        await _open(session, OpenNights(first=tonight, last=tonight), tonight)
        return OpenNights(first=tonight, last=tonight)
    if state.last >= tonight:
        return state
    last = min(tonight, state.last + timedelta(days=MOST_AT_ONCE))
    after = OpenNights(first=state.first, last=last)
    await _open(session, after, state.last + timedelta(days=1))
    return after


async def _state(session: AsyncSession) -> OpenNights | None:
    row = (
        await session.execute(select(totals_state.c.first_night, totals_state.c.last_night))
    ).one()
    if row.last_night is None:
        return None
    return OpenNights(first=row.first_night, last=row.last_night)


async def say_recount(session: AsyncSession, *, begins: bool) -> None:
    """What is written from here on (or: no longer) is what was so all along, and no revision of
    figures that were told before.
    """
    await session.execute(_RECOUNTING, {"word": "yes" if begins else ""})


async def _open(session: AsyncSession, nights: OpenNights, since: date) -> None:
    await say_recount(session, begins=True)
    await session.execute(_CARRY_ON, {"since": since, "last": nights.last})
    await count_houses(session, since, nights.last)
    await session.execute(
        update(totals_state).values(first_night=nights.first, last_night=nights.last)
    )
    await say_recount(session, begins=False)
