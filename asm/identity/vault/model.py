"""The vault as tables: the only place that holds a sealed number or name."""

from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

person = Table(
    "person",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("ref", Uuid, primary_key=True),
    Column("ward_code", Text),
    Column("index_a", LargeBinary),
    Column("index_b", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    schema="vault",
)
guest_record = Table(
    "guest_record",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("ward_code", Text),
    Column("person_ref", Uuid),
    Column("key_id", Text),
    Column("sealed", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    Column("name_a", LargeBinary),
    Column("name_b", LargeBinary),
    schema="vault",
)
wrapped_key = Table(
    "wrapped_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text),
    Column("month", Date),
    Column("slot", Text),
    Column("state", Text),
    Column("kek_id", Text),
    Column("wrapped", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    schema="vault",
)
