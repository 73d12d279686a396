"""Lock whom a change is about, and then the stay: before anything is decided, and in one order."""

from typing import Any
from uuid import UUID

from msgspec import UNSET
from sqlalchemy import select

from asm.accounts.access import Access
from asm.errors import Conflict, not_found
from asm.facilities.facility import Facility
from asm.identity.vault.sealing import person_index
from asm.stays.changes import Amend, ChangeRequest
from asm.stays.model import stay
from asm.stays.write import find_person, lock_persons


async def lock_stay(
    access: Access, facility: Facility, request: ChangeRequest
) -> tuple[Any, UUID | None]:
    """The row of the stay to be changed, and the person whom the change tells, if any. Whom it is
    about and whom it comes to be about are locked before the row, as declarations lock people
    (`asm.db.locks`).

    Raises not_found, Conflict `stay_changed` and `stay_voided`.
    """
    session = access.session
    chosen = select(stay).where(stay.c.facility_id == facility.id, stay.c.id == request.stay_id)
    seen = (await session.execute(chosen)).one_or_none()
    if seen is None:
        raise not_found("stay")
    person_after = await _person_after(access, facility, request)
    await lock_persons(session, facility.id, {seen.person_ref, person_after or seen.person_ref})
    row = (await session.execute(chosen.with_for_update())).one_or_none()
    if row is None or row.person_ref != seen.person_ref:
        raise Conflict("stay_changed")
    if row.voided_at is not None:
        raise Conflict("stay_voided")
    if request.expected_version not in {None, row.version}:
        raise Conflict("stay_changed")
    return row, person_after


async def _person_after(access: Access, facility: Facility, request: ChangeRequest) -> UUID | None:
    """Who is found by what the change tells of the guest, not locked yet; None where it tells
    nothing by which anybody is found.
    """
    guest = request.change.guest if isinstance(request.change, Amend) else UNSET
    index = None if guest is UNSET else person_index(access.keys, facility.id, guest)
    return None if index is None else await find_person(access.session, facility, index)
