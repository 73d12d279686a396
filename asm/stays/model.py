"""Stays, their versions, their identity checks and the idempotency keys as tables."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATEMULTIRANGE, JSONB

from asm.db.base import metadata
from asm.db.direct import Hexed
from asm.stays.saved.saved_time import SavedTime

stay = Table(
    "stay",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("arrival_date", Date, primary_key=True),
    Column("ward_code", Text),
    Column("version", Integer),
    Column("person_ref", Uuid),
    Column("guest_record_id", Uuid),
    Column("receipt_number", Text),
    Column("arrived_at", DateTime(timezone=True)),
    Column("planned_departure_at", DateTime(timezone=True)),
    Column("departed_at", DateTime(timezone=True)),
    Column("first_night", Date),
    Column("end_night", Date),
    Column("hourly", Boolean),
    Column("room_name", Text),
    Column("reason", Integer),
    Column("foreigner", Boolean),
    Column("no_papers", Boolean),
    Column("nationality", Text),
    Column("residence_province", Text),
    Column("residence_country", Text),
    #: As `origin_night.residence` of the totals; None: stored before it was kept.
    Column("residence", Text),
    Column("tourism", Boolean),
    Column("superseded_from", Date),
    Column("nights_elsewhere", DATEMULTIRANGE),
    Column("received_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("on_time", Boolean),
    Column("via", Text),
    Column("declared_by", Uuid),
    Column("voided_at", DateTime(timezone=True)),
    Column("void_reason", Text),
    Column("former_ward_code", Text),
    Column("ward_since", Date),
    Column("party_id", Uuid),
    Column("age_group", Text),
    Column("permitted_until", Date),
    Column("doubts", ARRAY(Text)),
    #: When a phone without signal had the declaration (`SavedTime`); null: it came at once.
    Column("saved", JSONB),
)


class StayRow(msgspec.Struct, kw_only=True):
    """What is written of a new stay; the columns that it lacks are for what happens later."""

    facility_id: UUID
    id: UUID
    arrival_date: date
    ward_code: str
    version: int
    person_ref: UUID
    guest_record_id: UUID
    receipt_number: str
    arrived_at: datetime
    planned_departure_at: datetime | None
    first_night: date
    end_night: date | None
    hourly: bool
    room_name: str | None
    reason: int | None
    foreigner: bool
    no_papers: bool
    nationality: str
    residence_province: str | None
    residence_country: str
    residence: str | None
    tourism: bool
    received_at: datetime
    due_at: datetime
    on_time: bool
    via: str
    declared_by: UUID
    party_id: UUID
    age_group: str | None
    permitted_until: date | None
    doubts: list[str]
    saved: SavedTime | None = None


stay_version = Table(
    "stay_version",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("stay_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("ward_code", Text),
    Column("change", Text),
    Column("changed_at", DateTime(timezone=True)),
    Column("changed_by", Uuid),
    Column("via", Text),
    Column("guest_record_id", Uuid),
    Column("content", JSONB),
    Column("note", Text),
    Column("salt", LargeBinary),
    Column("receipt", LargeBinary),
    Column("saved", JSONB),
)


class StayVersionRow(msgspec.Struct, kw_only=True):
    """What is written of a version, with the receipt that went out for it."""

    facility_id: UUID
    stay_id: UUID
    version: int
    ward_code: str
    change: str
    changed_at: datetime
    changed_by: UUID
    via: str
    guest_record_id: UUID
    content: dict[str, Any]
    note: str | None = None
    salt: Hexed
    receipt: Hexed
    saved: SavedTime | None = None


#: What the population database said of the guest: about one stay, and about nobody by itself.
identity_check = Table(
    "identity_check",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("stay_id", Uuid, primary_key=True),
    Column("ward_code", Text),
    Column("guest_record_id", Uuid),
    Column("status", Text),
    Column("checked_at", DateTime(timezone=True)),
    Column("attempts", Integer),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("leased_until", DateTime(timezone=True)),
)
#: When and where intake was degraded, and the late declarations that it excuses.
incident = Table(
    "incident",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("cause", Text),
    Column("note", Text),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("everywhere", Boolean),
    Column("wards", ARRAY(Text)),
    Column("opened_at", DateTime(timezone=True)),
    Column("opened_by", Uuid),
    Column("closed_by", Uuid),
    Column("withdrawn_at", DateTime(timezone=True)),
)
incident_facility = Table(
    "incident_facility",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("incident_number", BigInteger, primary_key=True),
)
#: When full queues refused declarations; the worker makes incidents of it.
intake_refusal = Table(
    "intake_refusal",
    metadata,
    Column("process", Text, primary_key=True),
    Column("first_at", DateTime(timezone=True), primary_key=True),
    Column("last_at", DateTime(timezone=True)),
    Column("refused", Integer),
)
stay_excuse = Table(
    "stay_excuse",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("stay_id", Uuid, primary_key=True),
    Column("incident_number", BigInteger),
    Column("ward_code", Text),
    Column("rule", Text),
    Column("decided_at", DateTime(timezone=True)),
)
idempotency = Table(
    "idempotency",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary),
    Column("outcome", JSONB),
    Column("created_at", DateTime(timezone=True)),
)


class IdempotencyRow(msgspec.Struct, kw_only=True):
    """What is written of a key and its answer at once (a change claims its key first)."""

    facility_id: UUID
    key: str
    fingerprint: Hexed
    outcome: msgspec.Struct
