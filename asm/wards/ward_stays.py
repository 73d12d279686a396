"""Some stays of the officer's ward beside each other. That they are opened is written down."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, func, literal, select

from asm.accounts.access import Access
from asm.accounts.model import account
from asm.db.base import vietnam_time
from asm.facilities.model import facility
from asm.facilities.scope import require_ward
from asm.stays.entry import Guest
from asm.stays.model import stay
from asm.stays.open_guests import open_guests
from asm.stays.saved.saved_time import SavedTime, saved_of

_UUIDS: Final = ARRAY(Uuid)


class WardStay(msgspec.Struct, frozen=True, kw_only=True):
    """One stay with its guest. `declared_by`: the display name of the account that sent it.
    `via`: through which door. Times in Vietnam.
    """

    facility_id: UUID
    facility_name: str
    facility_phone: str | None
    id: UUID
    version: int
    guest: Guest
    room: str | None
    arrived_at: datetime
    planned_departure_at: datetime | None
    departed_at: datetime | None
    via: str
    declared_by: str | None
    received_at: datetime
    due_at: datetime
    on_time: bool
    voided_at: datetime | None
    saved: SavedTime | None


async def ward_stays(
    access: Access, ward_code: str, keys: Collection[tuple[UUID, UUID]], purpose: str
) -> list[WardStay]:
    """Those of the (facility id, stay id) that are in the ward, by arrival. The look-up is written
    under `purpose`, for good, before a guest is opened. Raises not_found for another ward.
    """
    require_ward(access.actor, ward_code)
    if not keys:
        return []
    result = await access.session.execute(
        select(
            stay,
            facility.c.name.label("facility_name"),
            facility.c.phone.label("facility_phone"),
            account.c.display_name.label("declarer"),
        )
        .join(facility, facility.c.id == stay.c.facility_id)
        .outerjoin(account, account.c.id == stay.c.declared_by)
        # Forty pairs, each a condition of its own, would take 25 ms to plan over all months.
        .where(
            stay.c.facility_id == func.any(literal(list({house for house, _ in keys}), _UUIDS)),
            stay.c.id == func.any(literal([stay_id for _, stay_id in keys], _UUIDS)),
            stay.c.ward_code == ward_code,
        )
        .order_by(stay.c.arrived_at, stay.c.id)
    )
    wanted = set(keys)
    rows = [row for row in result if (row.facility_id, row.id) in wanted]
    guests = await open_guests(
        access, [(row.facility_id, row.guest_record_id) for row in rows], purpose
    )
    return [_shown(row, guests[row.guest_record_id]) for row in rows]


def _shown(row: Any, guest: Guest) -> WardStay:
    return WardStay(
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        facility_phone=row.facility_phone,
        id=row.id,
        version=row.version,
        guest=guest,
        room=row.room_name,
        arrived_at=vietnam_time(row.arrived_at),
        planned_departure_at=_local(row.planned_departure_at),
        departed_at=_local(row.departed_at),
        via=row.via,
        declared_by=row.declarer,
        received_at=vietnam_time(row.received_at),
        due_at=vietnam_time(row.due_at),
        on_time=row.on_time,
        voided_at=_local(row.voided_at),
        saved=saved_of(row.saved),
    )


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else vietnam_time(moment)
