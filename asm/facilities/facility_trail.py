"""What was done to a facility, in the audit trail, and to who keeps totals of its capacity."""

from datetime import date
from typing import Any
from uuid import UUID

from asm.accounts.access import Scope
from asm.audit.trail import record
from asm.facilities.facility import Facility
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic


async def record_deed(
    scope: Scope,
    action: str,
    facility: Facility,
    *,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
    capacity_since: date | None = None,
) -> None:
    """Write one entry about `facility`; `subject_id` is the room, closure or account concerned.
    `capacity_since`: the first night on which rooms, beds or whether it is open changed with it.
    """
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
    if capacity_since is not None:
        since = {"since": capacity_since.isoformat()}
        await enqueue(scope.session, Topic.CAPACITY_CHANGED, [(facility.id, since)])
