"""What a ward's officers write down, for each other and about facilities, as tables."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from asm.db.base import metadata

#: Visits are only added; one that was written wrongly is corrected by another.
facility_visit = Table(
    "facility_visit",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("visited_on", Date),
    Column("officers", Text),
    Column("seen", Text),
    Column("outcomes", ARRAY(Text)),
    Column("follow_up_on", Date),
    Column("corrects", Uuid),
    Column("recorded_by", Uuid),
    Column("recorded_at", DateTime(timezone=True)),
)
ward_message = Table(
    "ward_message",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("body", Text),
    Column("sent_by", Uuid),
    Column("sent_at", DateTime(timezone=True)),
)
#: A stay that the ward asks the house to look at again, with the version that it read.
stay_return = Table(
    "stay_return",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("stay_id", Uuid),
    Column("version", Integer),
    Column("reason", Text),
    Column("returned_by", Uuid),
    Column("returned_at", DateTime(timezone=True)),
    Column("answer", Text),
    Column("answered_by", Uuid),
    Column("answered_at", DateTime(timezone=True)),
)
silence_call = Table(
    "silence_call",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("night", Date),
    Column("facility_id", Uuid),
    Column("called_at", DateTime(timezone=True)),
    Column("called_by", Uuid),
    Column("outcome", Text),
    Column("note", Text),
)
shift_note = Table(
    "shift_note",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("written_at", DateTime(timezone=True)),
    Column("written_by", Uuid),
    Column("note", Text),
    Column("taken_at", DateTime(timezone=True)),
    Column("taken_by", Uuid),
)
