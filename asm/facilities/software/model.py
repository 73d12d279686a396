"""Credentials of a facility's software as tables."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

software_client = Table(
    "software_client",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("label", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("created_by", Uuid),
    Column("revoked_at", DateTime(timezone=True)),
)
software_secret = Table(
    "software_secret",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("secret_hash", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    Column("created_by", Uuid),
    Column("last_used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)
