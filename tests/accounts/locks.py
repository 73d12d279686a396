"""Two transactions at once, of which one waits."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


async def waits_for_a_lock(admin: AsyncEngine) -> bool:
    """Whether somebody in this database waits for another's transaction."""
    async with admin.connect() as connection:
        waiting = await connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                "AND datname = current_database()"
            )
        )
        return bool(waiting.scalar_one())
