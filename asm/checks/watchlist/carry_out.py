"""What the worker does of what owners confirmed or ended on their page. Outbox handlers: an event
may come twice.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.audit.trail import record
from asm.checks.flags.model import watch_list, watch_upload
from asm.checks.watchlist.load_watchlist import ListDescription, clear_watchlist, replace_list
from asm.identity.vault.sealing import BlindIndex
from asm.outbox.drain import Event


async def load_confirmed(session: AsyncSession, events: Sequence[Event]) -> None:
    """Make lists of what their owners said yes to. Twice changes nothing."""
    for upload_id in sorted({UUID(event.payload["upload_id"]) for event in events}):
        taken = await session.execute(
            delete(watch_upload)
            .where(watch_upload.c.id == upload_id, watch_upload.c.confirmed_at.is_not(None))
            .returning(*watch_upload.c)
        )
        row = taken.one_or_none()
        if row is None:
            continue
        hashes = [BlindIndex(a=a, b=b) for a, b in zip(row.index_a, row.index_b, strict=True)]
        description = ListDescription(
            owner_id=row.owner_id, name=row.name, reason=row.reason, valid_until=row.valid_until
        )
        list_id, _ = await replace_list(session, row.owner_id, description, hashes)
        await record(
            session,
            actor_id=row.owner_id,
            actor_role=PROVINCIAL_OFFICER,
            action="watch_list.loaded",
            subject_id=list_id,
            details={"documents": row.documents, "broken": row.broken},
        )


async def clear_ended(session: AsyncSession, events: Sequence[Event]) -> None:
    """Forget the hashes of lists that their owners ended, unless they were loaded again since."""
    for list_id in sorted({UUID(event.payload["list_id"]) for event in events}):
        ended = await session.execute(
            select(watch_list.c.id)
            .where(watch_list.c.id == list_id, watch_list.c.removed_at.is_not(None))
            .with_for_update()
        )
        if ended.one_or_none() is not None:
            await clear_watchlist(session, list_id)
