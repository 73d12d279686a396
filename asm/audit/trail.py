"""Write down who did what. Details hold ids, codes and counts: never a name or a number."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, new_id
from asm.db.direct import Rows, as_json, insert_of

_COLUMNS = (
    "facility_id", "id", "actor_id", "actor_role", "action", "ward_code", "subject_id", "details",
)  # fmt: skip
_INSERT = text(insert_of("audit_entry", _COLUMNS, ":rows"))


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
    if entries:
        await session.execute(_INSERT, {"rows": as_json(entry_rows(entries))})


def insert_entries(parameter: str) -> str:
    """The statement that adds `entry_rows`, for who writes them together with what they are of."""
    return insert_of("audit_entry", _COLUMNS, parameter)


def entry_rows(entries: Sequence[Entry]) -> Rows:
    """Entries as rows of the trail, each with an id."""
    return [
        {"facility_id": NO_FACILITY, **entry, "id": new_id(), "details": entry.get("details") or {}}
        for entry in entries
    ]
