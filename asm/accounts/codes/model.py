"""One-time codes as a table."""

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

account_code = Table(
    "account_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", Text),
    Column("code_hash", LargeBinary),
    Column("account_id", Uuid),
    Column("facility_id", Uuid),
    Column("ward_code", Text),
    Column("role", Text),
    Column("owner", Boolean),
    Column("display_name", Text),
    Column("invited_login", Text),
    Column("issued_by", Uuid),
    Column("issued_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("held_by", LargeBinary),
    Column("held_until", DateTime(timezone=True)),
    Column("spent_at", DateTime(timezone=True)),
    Column("spent_by", Uuid),
    Column("withdrawn_at", DateTime(timezone=True)),
)
