"""Taking all passkeys of an account away: it was closed, or proved by a code to be somebody's whose
phone may be in other hands.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def end_passkeys_of(session: AsyncSession, account_id: UUID) -> int:
    """How many there were; who calls writes the entry of the trail."""
    done = await session.execute(select(func.end_passkeys(account_id)))
    return int(done.scalar_one())
