"""Answers kept for resends, as a table."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

account_answer = Table(
    "account_answer",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary),
    #: The answer as JSON, sealed; null while it is being worked out.
    Column("sealed", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
)
