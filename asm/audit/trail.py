"""Write down who did what. Details hold ids, codes and counts: never a name or a number."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, new_id

_COLUMNS = "facility_id, id, actor_id, actor_role, action, ward_code, subject_id, details"
_INSERT = text(
    f"INSERT INTO audit_entry ({_COLUMNS}) SELECT {_COLUMNS} "  # noqa: S608 -- constants above
    "FROM json_populate_recordset(NULL::audit_entry, CAST(:rows AS json))"
)


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
    await record_all(session, [entry])


async def record_all(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Add entries about any number of facilities with one statement."""
    rows = [
        {"facility_id": NO_FACILITY, **entry, "id": new_id(), "details": entry.get("details") or {}}
        for entry in entries
    ]
    if rows:
        await session.execute(_INSERT, {"rows": msgspec.json.encode(rows).decode()})
