"""The vault as tables: the only place that holds a sealed number or name."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata
from asm.db.direct import Hexed

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


class PersonRow(msgspec.Struct, kw_only=True):
    """What is written of somebody whom a facility did not know: nothing but the blind index."""

    facility_id: UUID
    ref: UUID
    ward_code: str
    index_a: Hexed | None
    index_b: Hexed | None


#: Stays that a person finds besides their own: told of them in an earlier version, or of who shares
#: their name.
also_found = Table(
    "also_found",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("person_ref", Uuid, primary_key=True),
    Column("stay_id", Uuid, primary_key=True),
    schema="vault",
)


class AlsoFoundRow(msgspec.Struct, kw_only=True):
    """That `person_ref` finds the stay of somebody else."""

    facility_id: UUID
    person_ref: UUID
    stay_id: UUID


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


class GuestRecordRow(msgspec.Struct, kw_only=True):
    """What is written of a guest as declared: sealed, and the keyed hash of the name."""

    facility_id: UUID
    id: UUID
    ward_code: str
    person_ref: UUID
    key_id: str
    sealed: Hexed
    created_at: datetime
    name_a: Hexed | None
    name_b: Hexed | None


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
