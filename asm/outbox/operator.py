"""The outbox for whoever runs ASM: its depth and failures, and another chance for what failed.

A retry is harmless: effects are keyed, so what was done already is not done again.
"""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor, require_role
from asm.accounts.roles import ADMINISTRATOR
from asm.audit.trail import record
from asm.db.actor_kinds import OPERATOR
from asm.errors import not_found
from asm.outbox.counts import OutboxDepth, outbox_depth
from asm.outbox.retry import (
    FailedRow,
    TopicDepth,
    failed_rows,
    retry_failed,
    retry_row,
    topic_depths,
)

#: Named in one entry of the trail; the rest of a larger retry is there as a figure.
MOST_NAMED = 500


class OutboxView(msgspec.Struct, frozen=True, kw_only=True):
    """All of it in figures, by topic, and the first rows that failed."""

    depth: OutboxDepth
    topics: list[TopicDepth]
    troubled: list[FailedRow]


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows will be tried again now."""

    retried: int


async def view_outbox(session: AsyncSession, actor: Actor | None) -> OutboxView:
    """What an administrator sees, or an operator on the server itself (`actor` None, with the
    worker's login). Raises NotAllowed.
    """
    _may(actor)
    return OutboxView(
        depth=await outbox_depth(session),
        topics=await topic_depths(session),
        troubled=await failed_rows(session),
    )


async def retry_outbox(
    session: AsyncSession, actor: Actor | None, row_id: UUID | None = None
) -> Retried:
    """Let one row (`row_id`), or all that failed, be tried now; written down with the ids.

    Raises NotAllowed, and not_found for a row that is gone or has not failed.
    """
    _may(actor)
    if row_id is None:
        rows = await retry_failed(session)
    else:
        rows = await retry_row(session, row_id)
        if not rows:
            raise not_found("outbox_row")
    if rows:
        await record(
            session,
            actor_id=actor.id if actor else None,
            actor_role=actor.role if actor else OPERATOR,
            action="outbox.retried",
            subject_id=row_id,
            details={
                "rows": len(rows),
                "ids": [str(identifier) for _, identifier in rows[:MOST_NAMED]],
            },
        )
    return Retried(retried=len(rows))


def _may(actor: Actor | None) -> None:
    if actor is not None:
        require_role(actor, ADMINISTRATOR)
