"""The message by which a new address is confirmed."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, new_id
from asm.notify.deliver import CONFIRM
from asm.notify.model import delivery, message
from asm.outbox.drain import Event

_CONFIRM_WITHIN: Final = "interval '2 days'"
_CONFIRMABLE = text(
    "SELECT id, account_id, channel FROM contact WHERE id = ANY(:ids) "
    "AND confirmed_at IS NULL AND removed_at IS NULL"
)


async def send_confirmations(session: AsyncSession, events: Sequence[Event]) -> None:
    """Outbox handler: a message with the confirming link for each address, to it alone."""
    # Asked for again in the same ten minutes is asked for once.
    repeats = {UUID(event.payload["contact_id"]): event.payload.get("again") for event in events}
    for row in await session.execute(_CONFIRMABLE, {"ids": list(repeats)}):
        new, again = new_id(), repeats[row.id]
        done = await session.execute(
            insert(message)
            .values(
                facility_id=NO_FACILITY,
                id=new,
                account_id=row.account_id,
                topic=CONFIRM,
                event_key=f"{CONFIRM}:{row.id}" + (f":{again}" if again else ""),
                facts={},
                in_inbox=False,
                expires_at=func.clock_timestamp() + text(_CONFIRM_WITHIN),
            )
            .on_conflict_do_nothing()
            .returning(message.c.id)
        )
        if done.one_or_none() is not None:
            await session.execute(insert(delivery).values(_delivery(row, new)))


def _delivery(row: Any, message_id: UUID) -> dict[str, Any]:
    return {
        "facility_id": NO_FACILITY,
        "id": new_id(),
        "message_id": message_id,
        "account_id": row.account_id,
        "contact_id": row.id,
        "channel": row.channel,
    }
