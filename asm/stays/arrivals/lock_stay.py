"""Lock whom a change is about, and then the stay: before anything is decided, and in one order."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import select

from asm.accounts.access import Access
from asm.errors import Conflict, Outdated, not_found
from asm.facilities.facility import Facility
from asm.identity.vault.sealing import person_index
from asm.stays.changes import EMPTY_GUEST, Amend, ChangeRequest
from asm.stays.entry import Guest, StayEntry
from asm.stays.model import stay, stay_version
from asm.stays.open_guests import open_guests
from asm.stays.write import find_person, lock_persons


class LockedStay(msgspec.Struct, frozen=True, kw_only=True):
    """The row of the stay to be changed, and the person whom the change tells, if any. `guest`: who
    stands there, where that had to be asked already.
    """

    row: Any
    person_after: UUID | None
    guest: Guest | None


async def lock_stay(access: Access, facility: Facility, request: ChangeRequest) -> LockedStay:
    """Whom the change is about and whom it comes to be about are locked before the row, as
    declarations lock people (`asm.db.locks`).

    Raises not_found, Conflict `stay_changed` and `stay_voided`, Outdated `stay_changed`.
    """
    session = access.session
    chosen = select(stay).where(stay.c.facility_id == facility.id, stay.c.id == request.stay_id)
    seen = (await session.execute(chosen)).one_or_none()
    if seen is None:
        raise not_found("stay")
    before, person_after = await _guest_and_person(access, facility, request, seen)
    await lock_persons(session, facility.id, {seen.person_ref, person_after or seen.person_ref})
    row = (await session.execute(chosen.with_for_update())).one_or_none()
    if row is None or row.person_ref != seen.person_ref:
        raise Conflict("stay_changed")
    if row.voided_at is not None:
        raise Conflict("stay_voided")
    if request.expected_version not in {None, row.version}:
        raise Outdated("stay_changed")
    if before is not None and row.guest_record_id != seen.guest_record_id:
        # Corrected by another meanwhile: the rest of that stays, unless it now tells somebody else.
        before, person = await _guest_and_person(access, facility, request, row)
        if person not in {person_after, row.person_ref, None}:
            raise Conflict("stay_changed")
    return LockedStay(row=row, person_after=person_after, guest=before)


async def open_entry(access: Access, locked: LockedStay) -> StayEntry:
    """The stay as it stands, with its guest."""
    row = locked.row
    content = await access.session.execute(
        select(stay_version.c.content).where(
            stay_version.c.facility_id == row.facility_id,
            stay_version.c.stay_id == row.id,
            stay_version.c.version == row.version,
        )
    )
    return StayEntry(
        guest=locked.guest or await _open_guest(access, row),
        arrived_at=row.arrived_at,
        planned_departure_at=row.planned_departure_at,
        room=row.room_name,
        hourly=row.hourly,
        reason=row.reason,
        reason_text=content.scalar_one()["reason_text"],
    )


async def _open_guest(access: Access, row: Any) -> Guest:
    record = (row.facility_id, row.guest_record_id)
    guests = await open_guests(access, [record], "stay.opened_to_change")
    return guests[row.guest_record_id]


async def _guest_and_person(
    access: Access, facility: Facility, request: ChangeRequest, row: Any
) -> tuple[Guest | None, UUID | None]:
    """The guest who stands there, where the change tells a part of one; and who is found by what
    it then tells, not locked yet: None where that is nothing by which anybody is found.
    """
    change = request.change.guest if isinstance(request.change, Amend) else UNSET
    if change is UNSET:
        return None, None
    before = None if change.leaves_nothing else await _open_guest(access, row)
    index = person_index(access.keys, facility.id, change.of(before or EMPTY_GUEST))
    return before, None if index is None else await find_person(access.session, facility, index)
