"""Flags, and the lists of documents that are watched for, as tables."""

from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, Text, Uuid
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
    Column("owner_id", Uuid),
)
watch_list = Table(
    "watch_list",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("name", Text),
    Column("reason", Text),
    Column("valid_until", Date),
    Column("loaded_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
)
watch_entry = Table(
    "watch_entry",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("index_a", LargeBinary),
    Column("index_b", LargeBinary),
    schema="vault",
)
#: Until when a check that goes by time has looked, and when it is to look again.
check_round = Table(
    "check_round",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("ran_until", DateTime(timezone=True)),
    Column("next_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
)
