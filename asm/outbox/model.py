"""The outbox and the worker's heartbeat as tables."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from asm.db.base import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("topic", Text),
    Column("payload", JSONB),
    Column("created_at", DateTime(timezone=True)),
    Column("attempts", Integer),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("last_error", Text),
)


class OutboxRow(msgspec.Struct, kw_only=True):
    """What is written of an event; when and how often it was tried is the worker's to say."""

    facility_id: UUID
    id: UUID
    topic: str
    payload: dict[str, Any]


worker_heartbeat = Table(
    "worker_heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", DateTime(timezone=True)),
)
