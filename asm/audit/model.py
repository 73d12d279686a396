"""The audit trail as a table: the api role may add to it and nothing else."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from asm.db.base import metadata

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True)),
    Column("actor_id", Uuid),
    Column("actor_role", Text),
    Column("action", Text),
    Column("ward_code", Text),
    Column("subject_id", Uuid),
    Column("details", JSONB),
)


class AuditEntryRow(msgspec.Struct, kw_only=True):
    """What is written of a deed; when it was done is the database's to say."""

    facility_id: UUID
    id: UUID
    actor_id: UUID | None
    actor_role: str
    action: str
    ward_code: str | None = None
    subject_id: UUID | None = None
    details: dict[str, Any]
