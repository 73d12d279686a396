"""The inbox: what an account was told, newest first; marking it read; counting what is not."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.notify.model import message

PAGE_SIZE = 50

_UNREAD = text(
    "SELECT account_id, unread FROM unread_messages(CAST(:accounts AS uuid[])) WHERE unread > 0"
)


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it is stored: the words are made from `topic` and `facts` when it is read."""

    facility_id: UUID
    id: UUID
    topic: str
    facts: dict[str, Any]
    link: str | None
    created_at: datetime
    read_at: datetime | None


async def read_inbox(session: AsyncSession, account_id: UUID, page: int) -> list[InboxMessage]:
    """One page of 50 messages, and one more when another page follows."""
    rows = await session.execute(
        select(
            message.c.facility_id,
            message.c.id,
            message.c.topic,
            message.c.facts,
            message.c.link,
            message.c.created_at,
            message.c.read_at,
        )
        .where(message.c.account_id == account_id, message.c.in_inbox)
        .order_by(message.c.created_at.desc(), message.c.id.desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    return [msgspec.convert(row, InboxMessage) for row in rows.mappings()]


async def mark_read(
    session: AsyncSession, account_id: UUID, now: datetime, ids: Collection[UUID] | None = None
) -> int:
    """Mark these messages read, or all of them; how many were unread. Strangers' ids do nothing."""
    unread = [message.c.account_id == account_id, message.c.in_inbox, message.c.read_at.is_(None)]
    if ids is not None:
        unread.append(message.c.id.in_(ids))
    done = await session.execute(update(message).where(*unread).values(read_at=now))
    count: int = done.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    return count


async def unread_of(session: AsyncSession, accounts: Collection[UUID]) -> dict[UUID, int]:
    """How many messages wait unread for each account, up to 100."""
    account_ids = list(accounts)
    counted = dict.fromkeys(account_ids, 0)
    for row in await session.execute(_UNREAD, {"accounts": account_ids}):
        counted[row.account_id] = row.unread
    return counted
