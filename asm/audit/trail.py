"""Write down who did what. Details hold ids, codes and counts: never a name or a number."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.audit.model import AuditEntryRow, audit_entry
from asm.db.base import NO_FACILITY, new_id
from asm.db.direct import as_json, insert_of

_INSERT = text(insert_of(audit_entry, AuditEntryRow, ":rows"))


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
    return insert_of(audit_entry, AuditEntryRow, parameter)


def entry_rows(entries: Sequence[Entry]) -> list[AuditEntryRow]:
    """Entries as rows of the trail, each with an id."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> AuditEntryRow:
    columns: dict[str, Any] = {"facility_id": NO_FACILITY, **entry, "id": new_id()}
    columns["details"] = columns.get("details") or {}
    return AuditEntryRow(**columns)
