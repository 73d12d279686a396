"""How much waits in the outbox, and for how long: for health pages, metrics and operators."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_DEPTH = text(
    "SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, "
    "count(*) FILTER (WHERE dead_at IS NULL AND next_attempt_at <= clock_timestamp()) AS due, "
    "count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead, "
    "coalesce(extract(epoch FROM clock_timestamp() "
    "- min(created_at) FILTER (WHERE dead_at IS NULL)), 0)::float8 AS oldest_s "
    "FROM outbox"
)


class OutboxDepth(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` rows are not done (`due` of them could be now), `dead` ones need a person.
    `oldest_s`: seconds since the oldest waiting row was written, 0 when none waits.
    """

    waiting: int
    due: int
    dead: int
    oldest_s: float


async def outbox_depth(session: AsyncSession) -> OutboxDepth:
    """Count the outbox; allowed to the web process too, which sees times alone."""
    row = (await session.execute(_DEPTH)).mappings().one()
    return msgspec.convert(row, OutboxDepth)
