"""Areas and digital addresses as tables."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from asm.db.base import metadata
from asm.geo.points import Point

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
    Column("accuracy_m", Float),
    Column("address_text", Text),
    Column("folded", Text),
    Column("ward_code", Text),
    Column("old_unit", Text),
    Column("floor_unit", Text),
    Column("building_kind", Text),
    Column("issued_at", DateTime(timezone=True)),
    Column("verified_by", Uuid),
    Column("verified_at", DateTime(timezone=True)),
)
address_alias = Table(
    "address_alias",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
)
address_change = Table(
    "address_change",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True)),
    Column("changed_by", Uuid),
    Column("what", Text),
    Column("before", JSONB),
    Column("after", JSONB),
)


def point_value(point: Point) -> Any:
    """SQL for a point in EPSG:4326: longitude first."""
    return func.ST_SetSRID(func.ST_MakePoint(point.lon, point.lat), 4326)


def degrees_of(column: Any) -> tuple[Any, Any]:
    """SQL for a column of points as the two columns `lon` and `lat`."""
    return func.ST_X(column).label("lon"), func.ST_Y(column).label("lat")
