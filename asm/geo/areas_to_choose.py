"""Today's provinces and wards, to choose from a list."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.model import province, ward


async def all_provinces(session: AsyncSession) -> list[tuple[str, str]]:
    """Code and name of every province of today, by name."""
    rows = await session.execute(
        select(province.c.code, province.c.name)
        .where(province.c.valid_to.is_(None))
        .order_by(province.c.folded, province.c.code)
    )
    return [(row.code, row.name) for row in rows]


async def wards_of_province(session: AsyncSession, province_code: str) -> list[tuple[str, str]]:
    """Code and name of every ward of today in the province, by name."""
    rows = await session.execute(
        select(ward.c.code, ward.c.name)
        .where(ward.c.province_code == province_code, ward.c.valid_to.is_(None))
        .order_by(ward.c.folded, ward.c.code)
    )
    return [(row.code, row.name) for row in rows]
