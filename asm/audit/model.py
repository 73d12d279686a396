"""The audit trail as a table: the api role may add to it and nothing else."""

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
