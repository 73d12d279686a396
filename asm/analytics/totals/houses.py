"""Facilities, rooms and beds of a night: written anew for a ward whenever something about its
houses was said, and for all wards when a night begins.

A ward's night is small, so it is counted whole; only stays, of which there are many, come as
differences (`asm.analytics.totals.ledger`).
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.db.statements import read_statements

HOUSES_SQL: Final = read_statements(__name__, CONTRIBUTIONS)
_WARDS_OF: Final = text(HOUSES_SQL["wards_of"])
_CLEAR: Final = text(HOUSES_SQL["clear_houses"])
_HOUSES_OF: Final = text(HOUSES_SQL["houses_of"])
_COUNT: Final = text(HOUSES_SQL["count_houses"])
_COUNT_ALL: Final = text(HOUSES_SQL["count_all_houses"])


async def wards_of(session: AsyncSession, facilities: Collection[UUID]) -> list[str]:
    """Where some facilities are or ever were."""
    rows = await session.execute(_WARDS_OF, {"facilities": list(facilities)})
    return list(rows.scalars())


async def count_houses(
    session: AsyncSession, since: date, last: date, wards: Sequence[str] | None = None
) -> None:
    """Write `ward_night` anew for the nights `since` to `last`, both inclusive, of some wards, or
    of all. The caller holds Lock.COUNT_TOTALS.
    """
    if since > last:
        return
    nights = {"since": since, "last": last}
    await session.execute(_CLEAR, nights | {"wards": wards})
    if wards is None:
        await session.execute(_COUNT_ALL, nights)
        return
    houses = await session.execute(_HOUSES_OF, {"wards": wards})
    values = {"wards": wards, "facilities": list(houses.scalars())}
    await session.execute(_COUNT, nights | values)
