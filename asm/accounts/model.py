"""Accounts, their sessions and tokens as tables."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text),
    Column("display_name", Text),
    Column("password_hash", Text),
    Column("role", Text),
    Column("ward_code", Text),
    Column("language", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
)
web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid),
    Column("created_at", DateTime(timezone=True)),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
)
api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("id", Uuid),
    Column("account_id", Uuid),
    Column("label", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)
membership = Table(
    "membership",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("created_at", DateTime(timezone=True)),
)
