"""Open sealed guests for a person who may see them, after writing down that it happens."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, literal, select

from asm.accounts.access import Access
from asm.db.base import NO_FACILITY
from asm.identity.vault.model import guest_record
from asm.identity.vault.sealing import open_sealed, sealed_of
from asm.stays.entry import Guest

_UUIDS: Final = ARRAY(Uuid)


async def open_guests(
    access: Access, records: Sequence[tuple[UUID, UUID]], purpose: str
) -> dict[UUID, Guest]:
    """Guests by record id, for (facility id, record id) pairs in the actor's scope.

    The audit entry is committed before anything is decrypted: it stays even if the asker's own
    transaction is undone. Raises when it cannot be written, or when a record does not open.
    """
    if not records:
        return {}
    facilities = {facility_id for facility_id, _ in records}
    look_up = await access.keys.write_look_up(
        {identifier for _, identifier in records},
        actor_id=access.actor.id,
        actor_role=access.actor.role,
        action=purpose,
        facility_id=facilities.pop() if len(facilities) == 1 else NO_FACILITY,
        ward_code=access.actor.ward_code,
    )
    rows = await access.session.execute(
        select(
            guest_record.c.facility_id,
            guest_record.c.id,
            guest_record.c.key_id,
            guest_record.c.sealed,
        ).where(
            # Not by pairs: a hundred conditions take longer to plan than to look up.
            guest_record.c.facility_id
            == func.any(literal(list({facility_id for facility_id, _ in records}), _UUIDS)),
            guest_record.c.id == func.any(literal([record_id for _, record_id in records], _UUIDS)),
        )
    )
    wanted = set(records)
    sealed = [sealed_of(row) for row in rows if (row.facility_id, row.id) in wanted]
    return {record.id: open_sealed(access.keys, look_up, record, Guest) for record in sealed}
