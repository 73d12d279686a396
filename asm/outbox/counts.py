"""How much waits in the outbox, and for how long: for health pages, metrics and operators."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Counted by a function of the owner's: the web process may know how many wait, not for whom.
_DEPTH = text("SELECT waiting, due, failing, leased, dead, oldest_s FROM outbox_depth()")


class OutboxDepth(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` rows are not done: `due` of them could be now, `leased` are in a worker's hands,
    `failing` have failed before. `dead` ones need a person. `oldest_s`: seconds since the oldest
    waiting row was written, 0 when none waits.
    """

    waiting: int
    due: int
    failing: int
    leased: int
    dead: int
    oldest_s: float


async def outbox_depth(session: AsyncSession) -> OutboxDepth:
    """Count the outbox; allowed to the web process too, which gets these figures alone."""
    row = (await session.execute(_DEPTH)).mappings().one()
    return msgspec.convert(row, OutboxDepth)
