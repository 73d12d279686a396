"""How the totals stand, as everybody who runs ASM may know: no figure of anybody is in it."""

from datetime import date, datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.model import totals_state


class TotalsStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Nights up to and with `last_night` are in the totals; None: no worker has begun. When they
    were last compared with stays, and in how many numbers they differed; None: never. `filling`:
    stays of before there were totals are still being counted, those of `days_left` days of arrival;
    None where these were not looked up yet.
    """

    last_night: date | None
    refreshed_at: datetime | None
    checked_at: datetime | None
    differences: int | None
    filling: bool
    days_left: int | None
    now: datetime

    @property
    def differ(self) -> bool:
        """Was anything found that is not what the stays say?"""
        return bool(self.differences)


async def totals_standing(session: AsyncSession) -> TotalsStanding:
    """As it is now, for any of the database's roles."""
    columns = [
        totals_state.c[name] for name in TotalsStanding.__struct_fields__ if name in totals_state.c
    ]
    rows = await session.execute(select(*columns, func.clock_timestamp().label("now")))
    return msgspec.convert(rows.mappings().one(), TotalsStanding)
