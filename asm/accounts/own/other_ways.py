"""Taking away all ways into an account but its password: it was closed, or somebody proved by a
code that it is theirs, whose phone may be in other hands.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def end_other_ways(session: AsyncSession, account_id: UUID) -> int:
    """How many passkeys and identities there were; who calls writes the entry of the trail."""
    done = await session.execute(select(func.end_other_ways(account_id)))
    return int(done.scalar_one())
