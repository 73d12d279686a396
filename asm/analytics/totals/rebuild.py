"""Count some nights anew: from the stays themselves, with the ledger brought to what they say."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.analytics.totals.houses import count_houses
from asm.analytics.totals.ledger import count_keys
from asm.analytics.totals.nights import OpenNights, open_nights, say_recount
from asm.analytics.totals.rolled import roll_anew
from asm.db.locks import Lock, hold
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.errors import Invalid

#: A transaction of an engine.
Opens = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncSession]]
#: A transaction with the worker's rights.
Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
REBUILD_SQL: Final = read_statements(__name__, CONTRIBUTIONS)
_STALE: Final = text(REBUILD_SQL["stale_stays"])
_NIGHT: Final = (
    text(REBUILD_SQL["clear_nights"]),
    text(REBUILD_SQL["clear_origins"]),
    text(REBUILD_SQL["count_nights"]),
    text(REBUILD_SQL["clear_months"]),
    text(REBUILD_SQL["count_months"]),
)
#: Stays that are counted anew in one statement.
SLICE: Final = 2000


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """A night that was counted anew; `stays` of it were not in the totals as they are now."""

    night: date
    stays: int


@asynccontextmanager
async def as_worker(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A transaction with the worker's rights over an engine of the owner's."""
    async with one_transaction(engine) as session:
        await act_as(session, DatabaseRole.WORKER)
        yield session


async def rebuild(
    begin: Begin, since: date, last: date, now: datetime | None = None
) -> list[Rebuilt]:
    """Count the nights `since` to `last` anew, each in a transaction of its own; safe at any time.
    `now`: the database's clock.

    Raises Invalid `nights_not_open` for nights that have not begun, or turned round.
    """
    nights = []
    for step in range(max((last - since).days + 1, 1)):
        async with begin() as session:
            open_now = await open_nights(session, now)
            if not since <= last <= open_now.last:
                raise Invalid("nights_not_open", last=open_now.last)
            nights.append(await _rebuild_night(session, since + timedelta(days=step), open_now))
    async with begin() as session:
        await hold(session, Lock.COUNT_TOTALS)
        await roll_anew(session, since, last, by_month=True)
    return nights


async def _rebuild_night(session: AsyncSession, night: date, known: OpenNights) -> Rebuilt:
    values = {"since": night, "last": night}
    rows = await session.execute(_STALE, values)
    keys = [(row.facility_id, row.stay_id) for row in rows]
    for start in range(0, len(keys), SLICE):
        await count_keys(session, keys[start : start + SLICE], known.last)
    await say_recount(session, begins=True)
    for statement in _NIGHT:
        await session.execute(
            statement, {name: values[name] for name in statement.compile().params}
        )
    await count_houses(session, night, night)
    await roll_anew(session, night, night, by_month=False)
    return Rebuilt(night=night, stays=len(keys))
