"""What was done to a facility, in the audit trail."""

from typing import Any
from uuid import UUID

from asm.accounts.access import Scope
from asm.audit.trail import record
from asm.facilities.facility import Facility


async def record_deed(
    scope: Scope,
    action: str,
    facility: Facility,
    *,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one entry about `facility`; `subject_id` is the room, closure or account concerned."""
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        facility_id=facility.id,
        ward_code=facility.ward_code,
        subject_id=subject_id,
        details=details,
    )
