"""Open sealed guests for a person who may see them, after writing down that it happens."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.audit.trail import record
from asm.db.base import NO_FACILITY
from asm.identity.keys import Keys
from asm.identity.model import guest_record
from asm.identity.vault import open_sealed
from asm.stays.declaration import Guest


async def open_guests(
    session: AsyncSession,
    keys: Keys,
    actor: Actor,
    records: Sequence[tuple[UUID, UUID]],
    purpose: str,
) -> dict[UUID, Guest]:
    """Guests by record id, for (facility id, record id) pairs in the actor's scope.

    The audit entry is in the transaction before anything is decrypted; the answer leaves only
    after that transaction has committed.
    """
    if not records:
        return {}
    facilities = {facility_id for facility_id, _ in records}
    await record(
        session,
        actor_id=actor.id,
        actor_role=actor.role,
        action=purpose,
        facility_id=facilities.pop() if len(facilities) == 1 else NO_FACILITY,
        ward_code=actor.ward_code,
        details={"guests": len(records), "records": [str(identifier) for _, identifier in records]},
    )
    found = await session.execute(
        select(guest_record.c.facility_id, guest_record.c.id, guest_record.c.sealed).where(
            tuple_(guest_record.c.facility_id, guest_record.c.id).in_(records)
        )
    )
    return {
        row.id: open_sealed(keys, row.facility_id, row.id, bytes(row.sealed), Guest)
        for row in found
    }
