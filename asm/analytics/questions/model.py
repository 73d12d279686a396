"""Totals rolled up, which triggers keep (migration 0038): nights by province, flows by month."""

from typing import Final

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text

from asm.analytics.totals.model import COUNTS, HOUSES
from asm.db.base import metadata

#: What is counted by residence and reason too.
BY_GUEST: Final = ("arrivals", "guest_nights")

province_total = Table(
    "province_total",
    metadata,
    Column("province_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    *(Column(name, Integer) for name in COUNTS),
)
province_night = Table(
    "province_night",
    metadata,
    Column("province_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    *(Column(name, Integer) for name in HOUSES),
)
#: `month` is its first day; for every kind of facility and reason together.
ward_flow = Table(
    "ward_flow",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("residence", Text, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    *(Column(name, Integer) for name in BY_GUEST),
)
province_flow = Table(
    "province_flow",
    metadata,
    Column("province_code", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("residence", Text, primary_key=True),
    Column("tourism", Boolean, primary_key=True),
    *(Column(name, Integer) for name in BY_GUEST),
)
#: Arrivals or guest nights of a night (whichever is more) that were changed after its week of
#: corrections.
night_correction = Table(
    "night_correction",
    metadata,
    Column("ward_code", Text, primary_key=True),
    Column("night", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("corrected", Integer),
)
