"""What accounts are told about themselves: that their password was changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.db.base import NO_FACILITY
from asm.db.rls import database_now
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.outbox.drain import Event
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

#: Who did not do it must hear of it even after some days without a network.
USEFUL_FOR: Final = timedelta(days=7)


async def post_password_changed(session: AsyncSession, account_id: UUID) -> None:
    """Let the worker tell an account that its password was changed."""
    payload = {"account_id": str(account_id)}
    await enqueue(session, Topic.PASSWORD_CHANGED, [(NO_FACILITY, payload)])


async def write_password_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler: one message to each account whose password was changed."""
    ids = {UUID(event.payload["account_id"]) for event in events}
    rows = await session.execute(
        select(account.c.id, account.c.role).where(
            account.c.id.in_(ids), account.c.disabled_at.is_(None)
        )
    )
    recipients = {row.id: Recipient(account_id=row.id, role=row.role) for row in rows}
    now = await database_now(session)
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic="account.password",
                event_key=f"password:{event.id}",
                recipients=[recipients[account_id]],
                link="/account",
                expires_at=now + USEFUL_FOR,
            )
            for event in events
            if (account_id := UUID(event.payload["account_id"])) in recipients
        ],
    )
