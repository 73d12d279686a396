"""Gates and what they count. No person stands in any row."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

gate = Table(
    "gate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ward_code", Text),
    Column("label", Text),
    Column("kind", Text),
    Column("secret_hash", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    Column("created_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
)
#: One interval of one gate; `version` counts what replaced what.
gate_count = Table(
    "gate_count",
    metadata,
    Column("gate_id", Uuid, primary_key=True),
    Column("starts_at", DateTime(timezone=True), primary_key=True),
    Column("ends_at", DateTime(timezone=True)),
    Column("came_in", Integer),
    Column("went_out", Integer),
    Column("version", Integer),
    Column("received_at", DateTime(timezone=True)),
)
