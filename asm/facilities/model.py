"""Facilities, rooms and closures as tables."""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, Column, Computed, Date, DateTime, Float, Integer, Table, Text, Uuid

from asm.db.base import metadata

facility = Table(
    "facility",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text),
    Column("name", Text),
    Column("folded_name", Text),
    Column("phone", Text),
    Column("address_text", Text),
    Column("ward_code", Text),
    Column("point", Geometry("POINT", srid=4326, spatial_index=False)),
    Column("remote", Boolean),
    Column("status", Text),
    Column("registered_by", Uuid),
    Column("registered_at", DateTime(timezone=True)),
    Column("decided_by", Uuid),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision_note", Text),
    Column("ward_since", Date),
    Column("closed_on", Date),
    # The point in degrees, kept by the database: row-level security lets maps use their index.
    Column("lat", Float, Computed("ST_Y(point)", persisted=True)),
    Column("lon", Float, Computed("ST_X(point)", persisted=True)),
)
#: Where a facility was before; facility.ward_code is where it is since facility.ward_since.
facility_ward_past = Table(
    "facility_ward_past",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("ward_code", Text),
    Column("valid_from", Date),
    Column("valid_to", Date, primary_key=True),
    Column("event_id", Uuid),
    Column("recorded_at", DateTime(timezone=True)),
)
room = Table(
    "room",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text),
    Column("beds", Integer),
    Column("opened_on", Date),
    Column("closed_on", Date),
)
closure = Table(
    "closure",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("reason", Text),
    #: Of a suspension, which the ward orders and ends.
    Column("ordered_by", Uuid),
    Column("ordered_at", DateTime(timezone=True)),
    Column("ended_by", Uuid),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
)
