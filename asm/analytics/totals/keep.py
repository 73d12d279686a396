"""What a worker does about totals beside the outbox: open the night, count what was there before
there were totals, and compare every morning.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.check import TotalsCheck, check_totals
from asm.analytics.totals.fill import FilledTotals, fill
from asm.analytics.totals.nights import keep_open
from asm.analytics.totals.standing import totals_standing
from asm.db.base import VIETNAM, vietnam_time
from asm.db.locks import Lock, try_to_hold
from asm.db.session import one_transaction

#: When few declare; totals of the day before have settled.
COMPARED_AT: Final = time(3)
#: At most, after a step of the first filling: as long as the step itself took, so that the outbox
#: and whoever declares have at least half of the database's time.
REST_S: Final = 5.0
log = structlog.get_logger()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that were opened; stays of before that were counted; numbers that differed, None when
    it was not the hour to compare.
    """

    nights: int = 0
    filled: int = 0
    differences: int | None = None


async def keep_totals(engine: AsyncEngine, now: datetime | None = None) -> Kept | None:
    """Open the nights that have begun, count after an upgrade the stays of before, and compare
    once a day; None when there was nothing to do. `now`: the database's clock.
    """
    opened = await keep_open(engine, now)
    filled = await _fill_once(engine, now)
    check = await _compare_once(engine, now)
    if opened is None and filled is None and check is None:
        return None
    return Kept(
        nights=opened.nights if opened else 0,
        filled=filled.stays if filled else 0,
        differences=check.differences if check else None,
    )


async def _fill_once(engine: AsyncEngine, now: datetime | None) -> FilledTotals | None:
    """Every worker may: who comes second to a day finds nothing left of it. Stopped anywhere, it is
    taken up by the next that starts.
    """
    async with one_transaction(engine) as session:
        standing = await totals_standing(session)
    if not standing.filling:
        return None
    log.info("totals_filling", days_left=standing.days_left)
    return await fill(partial(_unhurried, engine), now=now)


@asynccontextmanager
async def _unhurried(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A transaction, and a rest after it."""
    began = asyncio.get_running_loop().time()
    async with one_transaction(engine) as session:
        yield session
    await asyncio.sleep(min(asyncio.get_running_loop().time() - began, REST_S))


async def _compare_once(engine: AsyncEngine, now: datetime | None) -> TotalsCheck | None:
    """A worker that compares holds the lock, so that no other does the same."""
    async with one_transaction(engine) as session:
        standing = await totals_standing(session)
        if not _is_due(now or standing.now, standing.checked_at):
            return None
        if not await try_to_hold(session, Lock.COMPARE_TOTALS):
            return None
        check = await check_totals(engine)
    for each in check.named:
        log.error("totals_differ", **msgspec.to_builtins(each))
    return check


def _is_due(now: datetime, checked_at: datetime | None) -> bool:
    """Not since the last COMPARED_AT that has passed. One that was written by a clock ahead counts
    for nothing.
    """
    local = vietnam_time(now)
    hour = datetime.combine(local.date(), COMPARED_AT, VIETNAM)
    last = hour if hour <= local else hour - timedelta(days=1)
    return checked_at is None or not last <= checked_at <= now
