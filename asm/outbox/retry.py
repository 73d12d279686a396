"""What failed in the outbox, for a person to look at, and another chance for it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.outbox.leases import is_free, release
from asm.outbox.model import outbox

MOST_LISTED = 200
_FAILED = or_(outbox.c.dead_at.is_not(None), outbox.c.last_error.is_not(None))


class FailedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that failed: put off until `next_attempt_at`, or given up at `dead_at`. `last_error` is
    the class of what was raised, never its text.
    """

    facility_id: UUID
    id: UUID
    topic: str
    created_at: datetime
    attempts: int
    next_attempt_at: datetime
    dead_at: datetime | None
    last_error: str | None


class TopicDepth(msgspec.Struct, frozen=True, kw_only=True):
    """One topic's rows; `oldest_at` is when the oldest of them was written."""

    topic: str
    waiting: int
    failing: int
    dead: int
    oldest_at: datetime


async def topic_depths(session: AsyncSession) -> list[TopicDepth]:
    """The outbox by topic, as far as the session may see it."""
    alive = outbox.c.dead_at.is_(None)
    failing = and_(alive, outbox.c.last_error.is_not(None))
    rows = await session.execute(
        select(
            outbox.c.topic,
            func.count().filter(alive).label("waiting"),
            func.count().filter(failing).label("failing"),
            func.count().filter(~alive).label("dead"),
            func.min(outbox.c.created_at).label("oldest_at"),
        )
        .group_by(outbox.c.topic)
        .order_by(outbox.c.topic)
    )
    return [msgspec.convert(row, TopicDepth) for row in rows.mappings()]


async def failed_rows(session: AsyncSession, limit: int = MOST_LISTED) -> list[FailedRow]:
    """The rows that failed, those given up first, the oldest of each first."""
    columns = [outbox.c[name] for name in FailedRow.__struct_fields__]
    rows = await session.execute(
        select(*columns)
        .where(_FAILED)
        .order_by(outbox.c.dead_at.nulls_last(), outbox.c.created_at, outbox.c.id)
        .limit(limit)
    )
    return [msgspec.convert(row, FailedRow) for row in rows.mappings()]


async def retry_failed(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """Let every row that failed be tried now, with all its attempts; (facility, id) of each."""
    return await _retry(session, _FAILED)


async def retry_row(session: AsyncSession, row_id: UUID) -> list[tuple[UUID, UUID]]:
    """The same for one row; empty when it is gone, has not failed, or is being tried now."""
    return await _retry(session, and_(outbox.c.id == row_id, _FAILED))


async def _retry(session: AsyncSession, which: ColumnElement[bool]) -> list[tuple[UUID, UUID]]:
    done = await session.execute(
        release(outbox, which, is_free(outbox))
        .values(dead_at=None, attempts=0, next_attempt_at=func.clock_timestamp())
        .returning(outbox.c.facility_id, outbox.c.id)
    )
    rows: Sequence[tuple[UUID, UUID]] = [(row.facility_id, row.id) for row in done]
    return list(rows)
