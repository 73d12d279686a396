"""The confirming link once more, for an address that was added and never confirmed: the first mail
was lost, or this installation had not the channel when the address was given.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY
from asm.db.rls import database_now
from asm.errors import Conflict, not_found
from asm.notify.deliver import CONFIRM
from asm.notify.model import contact, message
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

#: Between two links to one address, and most of them in a day: whoever reads them asked for none.
_APART: Final = timedelta(minutes=10)
_MOST_A_DAY: Final = 5


async def unconfirmed_contact(
    session: AsyncSession, account_id: UUID, channel: str, digests: Sequence[bytes]
) -> UUID | None:
    """The account's own address that waits to be confirmed, by its digest under any key."""
    waiting = await session.execute(
        select(contact.c.id).where(
            contact.c.account_id == account_id,
            contact.c.channel == channel,
            contact.c.digest.in_(digests),
            contact.c.removed_at.is_(None),
            contact.c.confirmed_at.is_(None),
        )
    )
    contact_id: UUID | None = waiting.scalar_one_or_none()
    return contact_id


async def confirm_again(
    session: AsyncSession, account_id: UUID, contact_id: UUID, available: Collection[str]
) -> None:
    """Send the link once more; nothing for an address that is confirmed. Raises not_found, and
    Conflict (`contact_not_reached`, `confirmation_just_sent`, `too_many_confirmations`).
    """
    result = await session.execute(
        select(contact.c.channel, contact.c.confirmed_at).where(
            contact.c.id == contact_id,
            contact.c.account_id == account_id,
            contact.c.removed_at.is_(None),
        )
    )
    row = result.one_or_none()
    if row is None:
        raise not_found("contact")
    if row.confirmed_at is not None:
        return
    if row.channel not in available:
        raise Conflict("contact_not_reached")
    now = await database_now(session)
    await _refuse_too_many(session, account_id, contact_id, now)
    # The worker makes one message of all that were asked for in the same ten minutes.
    again = int(now.timestamp() // _APART.total_seconds())
    payload = {"contact_id": str(contact_id), "announced": False, "again": again}
    await enqueue(session, Topic.CONTACT_ADDED, [(NO_FACILITY, payload)])


async def _refuse_too_many(
    session: AsyncSession, account_id: UUID, contact_id: UUID, now: datetime
) -> None:
    sent = await session.execute(
        select(func.count(), func.max(message.c.created_at)).where(
            message.c.account_id == account_id,
            message.c.topic == CONFIRM,
            message.c.event_key.startswith(f"{CONFIRM}:{contact_id}", autoescape=True),
            message.c.created_at > func.clock_timestamp() - text("interval '1 day'"),
        )
    )
    count, last = sent.one()
    if count >= _MOST_A_DAY:
        raise Conflict("too_many_confirmations", most=_MOST_A_DAY)
    if last is not None and last > now - _APART:
        raise Conflict("confirmation_just_sent", minutes=int(_APART.total_seconds() // 60))
