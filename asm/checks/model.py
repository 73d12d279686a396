"""Flags as a table."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from asm.db.base import metadata

flag = Table(
    "flag",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("check_id", Text),
    Column("subject", Text),
    Column("severity", Text),
    Column("ward_code", Text),
    Column("stay_id", Uuid),
    Column("evidence", JSONB),
    Column("raised_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("dismissed_at", DateTime(timezone=True)),
    Column("dismissed_by", Uuid),
    Column("dismissal_note", Text),
    Column("told_at", DateTime(timezone=True)),
)
