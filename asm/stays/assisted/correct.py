"""The officer who declared for a house mends or voids that very declaration, marked as such.

Within a day, in the ward worked in now, and only until the house has changed the stay itself: from
then on it is the house's, as everything that it declared.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select

from asm.accounts.access import Access, Scope
from asm.accounts.sessions import enter_again
from asm.errors import Conflict, NotAllowed, Refusal, not_found
from asm.facilities.facility import Facility
from asm.stays.assisted.assist import ASSISTED, house_of_ward, open_house
from asm.stays.change import Changed, change_admitted
from asm.stays.changes import Amend, ChangeRequest, VoidStay
from asm.stays.intake.idempotency import answered_at
from asm.stays.model import stay, stay_version
from asm.stays.stay_at import StayAt

#: So long after it was received.
CORRECT_WITHIN: Final = timedelta(hours=24)
#: No stay has it: with it nothing is changed, whatever becomes of the key meanwhile.
_NO_VERSION: Final = 0


async def correct_assisted(access: Access, request: ChangeRequest) -> Changed:
    """Amend or void a stay that the officer declared for the house, in the caller's transaction.

    Raises NotAllowed for who is no ward officer and for other changes, not_found (`facility`,
    `ward`, `stay`), Conflict `assisted_change_closed`, and otherwise as `change_stay` does.
    """
    facility = await house_of_ward(access, request.facility_id)
    if not isinstance(request.change, Amend | VoidStay):
        raise NotAllowed("members_only")
    await open_house(access, facility)
    try:
        marked = msgspec.structs.replace(
            request, via=ASSISTED, expected_version=await _expected(access, facility, request)
        )
        changed = await change_admitted(access, facility, marked)
    except Refusal:
        await enter_again(access)
        raise
    await enter_again(access)
    return changed


async def _expected(scope: Scope, facility: Facility, request: ChangeRequest) -> int | None:
    """The version that is corrected: who changed it since has changed that. What is sent again gets
    its receipt, also when nothing may be corrected any more.
    """
    version = await _version_to_correct(scope, facility, request.stay_id)
    if version is not None:
        return request.expected_version or version
    if await answered_at(scope.session, facility.id, request.key):
        return _NO_VERSION
    raise _closed()


async def require_correctable(stay_at: StayAt) -> Facility:
    """The house, for the forms of a correction. Raises as `correct_assisted` does."""
    facility = await house_of_ward(stay_at.access, stay_at.facility_id)
    if await _version_to_correct(stay_at.access, facility, stay_at.stay_id) is None:
        raise _closed()
    return facility


async def is_correctable(stay_at: StayAt) -> bool:
    """Whether the officer may still correct the stay. Raises NotAllowed, not_found."""
    facility = await house_of_ward(stay_at.access, stay_at.facility_id)
    return await _version_to_correct(stay_at.access, facility, stay_at.stay_id) is not None


async def _version_to_correct(scope: Scope, facility: Facility, stay_id: UUID) -> int | None:
    """The newest version, if all of the stay is this officer's."""
    versions = (
        await scope.session.execute(
            select(
                stay_version.c.version,
                stay_version.c.via,
                stay_version.c.changed_by,
                stay.c.received_at,
                stay.c.ward_code,
            )
            .join_from(
                stay,
                stay_version,
                (stay_version.c.facility_id == stay.c.facility_id)
                & (stay_version.c.stay_id == stay.c.id),
            )
            .where(stay.c.facility_id == facility.id, stay.c.id == stay_id)
            .order_by(stay_version.c.version)
        )
    ).all()
    if not versions:
        raise not_found("stay")
    newest = versions[-1]
    recent = scope.actor.now - newest.received_at <= CORRECT_WITHIN
    here = newest.ward_code == scope.actor.ward_code
    own = all(_by(scope, row) for row in versions)
    return newest.version if recent and here and own else None


def _by(scope: Scope, version: Any) -> bool:
    return bool(version.via == ASSISTED and version.changed_by == scope.actor.id)


def _closed() -> Conflict:
    return Conflict("assisted_change_closed", hours=int(CORRECT_WITHIN.total_seconds() // 3600))
