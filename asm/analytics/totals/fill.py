"""The first filling of an installation that has stays already, while declaring goes on.

A day of arrivals at a time, each in a transaction of its own: stopped anywhere, it is taken up
where it was, and told twice it finds nothing to do. What arrives meanwhile the outbox tells of.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.analytics.totals.houses import count_houses
from asm.analytics.totals.ledger import EVER
from asm.analytics.totals.model import totals_state
from asm.analytics.totals.nights import open_nights, say_recount
from asm.analytics.totals.rebuild import Begin
from asm.analytics.totals.revisits import settle_all_revisits
from asm.db.locks import Lock, hold
from asm.db.statements import read_statements
from asm.facilities.nights import FIRST_NIGHT
from asm.outbox.topics import Topic

_SQL: Final = read_statements(__name__, CONTRIBUTIONS)
_DAYS: Final = text(_SQL["days_to_fill"])
_FILL: Final = text(_SQL["fill_day"])
_FIRST: Final = text(_SQL["first_night_of_houses"])
_ELSEWHERE: Final = text(_SQL["count_elsewhere"]).bindparams(topic=Topic.STAY_CHANGED)
#: Parts in which everybody's re-visits are looked for; a byte of a hash says in which.
PARTS: Final = 16
#: Nights of houses in one transaction.
HOUSE_NIGHTS: Final = 15
#: Either takes longer, for a whole country, than what people wait for.
_PATIENCE: Final = text("SELECT set_config('statement_timeout', '600s', true)")


class FilledTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Stays that came into the totals, and nights whose houses were counted."""

    stays: int
    nights: int


async def fill(
    begin: Begin,
    progress: Callable[[date, int], None] | None = None,
    now: datetime | None = None,
) -> FilledTotals:
    """Count everything that is not in the totals yet. `progress` hears of each day of arrivals.
    `now`: the database's clock.
    """
    stays = 0
    # Until none is left: a worker of the version before may empty the outbox meanwhile.
    while days := await _days_left(begin, now):
        before = stays
        for left, day in zip(range(len(days) - 1, -1, -1), days, strict=True):
            added = await _fill_day(begin, day, left, now)
            stays += added
            if progress is not None:
                progress(day, added)
        if stays == before:
            break
    async with begin() as session:
        last = (await open_nights(session, now)).last
        # Stopped after the last day, nobody's re-visits were looked for.
        again = (await session.execute(select(totals_state.c.filling))).scalar_one()
    for part in range(PARTS if stays or again else 0):
        async with begin() as session:
            await session.execute(_PATIENCE)
            last = (await open_nights(session, now)).last
            await say_recount(session, begins=True)
            await settle_all_revisits(session, last, (part, PARTS))
    return FilledTotals(stays=stays, nights=await _fill_houses(begin, last))


async def _days_left(begin: Begin, now: datetime | None) -> list[date]:
    async with begin() as session:
        await session.execute(_PATIENCE)
        await open_nights(session, now)
        days = list((await session.execute(_DAYS)).scalars())
        await _note(session, days_left=len(days))
    return days


async def _fill_day(begin: Begin, day: date, left: int, now: datetime | None) -> int:
    async with begin() as session:
        await session.execute(_PATIENCE)
        last = (await open_nights(session, now)).last
        await say_recount(session, begins=True)
        values = {"day": day, "since": EVER, "last": last}
        added: int = (await session.execute(_FILL, values)).scalar_one()
        await _note(session, days_left=left)
    return added


async def _note(session: AsyncSession, **state: date | int | bool | None) -> None:
    """In the state of the totals, where whoever runs ASM reads how far it is."""
    await session.execute(update(totals_state).values(state))


async def _fill_houses(begin: Begin, last: date) -> int:
    async with begin() as session:
        await session.execute(_PATIENCE)
        await session.execute(_ELSEWHERE)
        given = {"earliest": FIRST_NIGHT, "last": last}
        first: date = (await session.execute(_FIRST, given)).scalar_one()
    for offset in range(0, (last - first).days + 1, HOUSE_NIGHTS):
        since = first + timedelta(days=offset)
        until = min(since + timedelta(days=HOUSE_NIGHTS - 1), last)
        async with begin() as session:
            await session.execute(_PATIENCE)
            await hold(session, Lock.COUNT_TOTALS)
            await count_houses(session, since, until)
    async with begin() as session:
        await hold(session, Lock.COUNT_TOTALS)
        await _note(session, first_night=first, filling=False, days_left=None)
    return (last - first).days + 1
