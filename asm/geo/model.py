"""Areas and digital addresses as tables."""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid

from asm.db.base import metadata

province = Table(
    "province",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text),
    Column("kind", Text),
    Column("folded", Text),
    Column("valid_from", Date),
    Column("valid_to", Date),
)
ward = Table(
    "ward",
    metadata,
    Column("code", Text, primary_key=True),
    Column("province_code", Text),
    Column("name", Text),
    Column("kind", Text),
    Column("folded", Text),
    Column("centre", Geometry("POINT", srid=4326, spatial_index=False)),
    Column("boundary", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)),
    Column("boundary_source", Text),
    Column("boundary_approximate", Boolean),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("boundary_load_id", Uuid),
)
boundary_load = Table(
    "boundary_load",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("loaded_at", DateTime(timezone=True)),
    Column("source", Text),
    Column("sha256", Text),
    Column("features", Integer),
    Column("provenance", Text),
)
digital_address = Table(
    "digital_address",
    metadata,
    Column("code", Text, primary_key=True),
    Column("facility_id", Uuid),
    Column("unit", Integer),
    Column("point", Geometry("POINT", srid=4326, spatial_index=False)),
    Column("point_source", Text),
    Column("address_text", Text),
    Column("ward_code", Text),
    Column("issued_at", DateTime(timezone=True)),
)
