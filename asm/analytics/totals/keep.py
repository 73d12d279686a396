"""What a worker does about totals beside the outbox: open the night, and compare every morning."""

from datetime import datetime, time, timedelta
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.totals.check import TotalsCheck, check_totals
from asm.analytics.totals.nights import keep_open
from asm.analytics.totals.standing import totals_standing
from asm.db.base import VIETNAM, vietnam_time
from asm.db.locks import Lock, try_to_hold
from asm.db.session import one_transaction

#: When few declare; totals of the day before have settled.
COMPARED_AT: Final = time(3)
log = structlog.get_logger()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that were opened; numbers that differed, None when it was not the hour to compare."""

    nights: int = 0
    differences: int | None = None


async def keep_totals(engine: AsyncEngine, now: datetime | None = None) -> Kept | None:
    """Open the nights that have begun and, once a day, compare; None when there was nothing to do.
    `now`: the database's clock.
    """
    opened = await keep_open(engine, now)
    check = await _compare_once(engine, now)
    if opened is None and check is None:
        return None
    return Kept(
        nights=opened.nights if opened else 0, differences=check.differences if check else None
    )


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
