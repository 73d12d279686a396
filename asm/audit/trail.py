"""Write down who did what. Details hold ids, codes and counts: never a name or a number."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.audit.model import audit_entry
from asm.db.base import NO_FACILITY, new_id


async def record(
    session: AsyncSession,
    *,
    actor_id: UUID | None,
    actor_role: str,
    action: str,
    facility_id: UUID = NO_FACILITY,
    ward_code: str | None = None,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add one entry in the caller's transaction: it is there exactly when the deed is."""
    await session.execute(
        insert(audit_entry).values(
            id=new_id(),
            actor_id=actor_id,
            actor_role=actor_role,
            action=action,
            facility_id=facility_id,
            ward_code=ward_code,
            subject_id=subject_id,
            details=details or {},
        )
    )
