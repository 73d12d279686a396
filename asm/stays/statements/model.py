"""What a house says of a night beside its stays, as a table."""

from sqlalchemy import Column, Date, DateTime, Table, Text, Uuid

from asm.db.base import metadata

quiet_night = Table(
    "quiet_night",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("night", Date, primary_key=True),
    #: The facility's on that night: a change of areas moves no night before it.
    Column("ward_code", Text),
    Column("said_at", DateTime(timezone=True)),
    Column("said_by", Uuid),
    Column("via", Text),
)
