"""Write down who did what. Details hold ids, codes and counts: never a name or a number."""

from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.audit.model import audit_entry
from asm.db.base import NO_FACILITY, new_id


class Entry(TypedDict):
    """What may be said of a deed: who, what, and about which facility, ward and thing."""

    actor_id: UUID | None
    actor_role: str
    action: str
    facility_id: NotRequired[UUID]
    ward_code: NotRequired[str | None]
    subject_id: NotRequired[UUID | None]
    details: NotRequired[dict[str, Any] | None]


async def record(session: AsyncSession, **entry: Unpack[Entry]) -> None:
    """Add one entry in the caller's transaction: it is there exactly when the deed is."""
    row = {"facility_id": NO_FACILITY, **entry, "id": new_id()}
    await session.execute(insert(audit_entry).values(row | {"details": entry.get("details") or {}}))
