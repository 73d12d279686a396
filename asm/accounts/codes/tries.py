"""How often something was tried, by address, by code, by login: counted in a short transaction of
its own, so that a refusal takes nothing back.
"""

from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import TooMany

#: Counts are kept for longer than any limit looks back.
KEPT_HOURS: Final = 24
_COUNT = text(
    "INSERT INTO code_try AS one (bucket, started_at, tries) "
    "VALUES (:bucket, clock_timestamp(), 1) ON CONFLICT (bucket) DO UPDATE SET "
    "tries = CASE WHEN one.started_at < clock_timestamp() - CAST(:within AS interval) THEN 1 "
    "ELSE one.tries + 1 END, "
    "started_at = CASE WHEN one.started_at < clock_timestamp() - CAST(:within AS interval) "
    "THEN clock_timestamp() ELSE one.started_at END "
    "RETURNING tries, "
    "extract(epoch FROM started_at + CAST(:within AS interval) - clock_timestamp()) AS left_s"
)


class Limit(msgspec.Struct, frozen=True):
    """So many tries within so long; then nobody is looked at until it is over."""

    most: int
    within: timedelta


#: A code has 60 bits: these bound the noise, the odds of guessing are nil without them.
OF_ADDRESS: Final = Limit(30, timedelta(minutes=10))
OF_CODE: Final = Limit(10, timedelta(hours=1))
#: Filling in the form that a code opened: the login may be taken, the password too short.
OF_FORM: Final = Limit(20, timedelta(hours=1))
ASKS_OF_ADDRESS: Final = Limit(20, timedelta(hours=1))
#: Beyond it nothing more is sent to the account; the answer stays the same.
ASKS_OF_LOGIN: Final = Limit(3, timedelta(hours=1))


async def within_limit(session: AsyncSession, bucket: bytes, limit: Limit) -> int | None:
    """Count one try and commit. None: go on; else the seconds until the next one is looked at.

    What was set for the transaction (the scope) ends with it: count before entering one.
    """
    row = (await session.execute(_COUNT, {"bucket": bucket, "within": limit.within})).one()
    await session.commit()
    return None if row.tries <= limit.most else max(1, int(row.left_s))


async def count_try(session: AsyncSession, bucket: bytes, limit: Limit) -> None:
    """Count one try and commit. Raises TooMany `too_many_tries` beyond the limit."""
    wait_s = await within_limit(session, bucket, limit)
    if wait_s is not None:
        minutes = -(-wait_s // 60)
        raise TooMany("too_many_tries", retry_after_s=wait_s, minutes=minutes)
