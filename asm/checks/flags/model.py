"""Flags, and the lists of documents that are watched for, as tables."""

from sqlalchemy import ARRAY, Column, Date, DateTime, Integer, LargeBinary, Table, Text, Uuid
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
    Column("outcome", Text),
    Column("taken_by", Uuid),
    Column("taken_at", DateTime(timezone=True)),
    #: By what it is one case with others; the database works it out (migration 0034).
    Column("cause", Text),
)
#: What officers did about a case; `to_ward` of a copy for the other side of a pair.
flag_deed = Table(
    "flag_deed",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("cause", Text),
    Column("deed", Text),
    Column("note", Text),
    Column("from_ward", Text),
    Column("to_ward", Text),
    Column("actor_id", Uuid),
    Column("at", DateTime(timezone=True)),
)
#: A case that another ward or the province is to look at, with what it may know of it.
passed_case = Table(
    "passed_case",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("cause", Text),
    Column("check_id", Text),
    Column("severity", Text),
    Column("guests", Integer),
    Column("facility_name", Text),
    Column("raised_at", DateTime(timezone=True)),
    Column("from_ward", Text),
    Column("to_ward", Text),
    Column("to_province", Text),
    Column("note", Text),
    Column("passed_by", Uuid),
    Column("passed_at", DateTime(timezone=True)),
    Column("answer", Text),
    Column("answered_by", Uuid),
    Column("answered_at", DateTime(timezone=True)),
    Column("withdrawn_at", DateTime(timezone=True)),
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
    Column("documents", Integer),
    Column("end_reason", Text),
)
#: What a file held, until its owner says yes; see `asm.checks.watchlist.uploads`.
watch_upload = Table(
    "watch_upload",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("id", Uuid),
    Column("name", Text),
    Column("reason", Text),
    Column("valid_until", Date),
    Column("documents", Integer),
    Column("broken", Integer),
    Column("index_a", ARRAY(LargeBinary)),
    Column("index_b", ARRAY(LargeBinary)),
    Column("found_by", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    schema="vault",
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
