"""Nights of wards that are no more, in the wards of today: for comparisons, never for records."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.areas.succession import heirs_of


async def todays_wards(session: AsyncSession, ended: Collection[str]) -> dict[str, str]:
    """The ward of today that all of an ended ward went into. One that was divided is left out:
    whose nights were slept where is not kept, so it can only stand by itself.
    """
    heirs = await heirs_of(session, ended)
    return {code: after[0] for code, after in heirs.items() if len(after) == 1 and after[0] != code}
