"""What was done to a facility, in the audit trail."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.audit.trail import record
from asm.facilities.facility import Facility


async def record_deed(
    session: AsyncSession,
    actor: Actor,
    action: str,
    place: Facility,
    *,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one entry about `place`; `subject_id` is the room, closure or account concerned."""
    await record(
        session,
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        facility_id=place.id,
        ward_code=place.ward_code,
        subject_id=subject_id,
        details=details,
    )
