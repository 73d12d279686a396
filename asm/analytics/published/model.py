"""The tables of releases and their files: written once, read by everybody."""

from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, SmallInteger, Table, Text

from asm.db.base import metadata

release = Table(
    "release",
    metadata,
    Column("id", Text, primary_key=True),
    Column("monday", Date),
    Column("vintage", SmallInteger),
    Column("published_at", DateTime(timezone=True)),
    #: Of the counts that it was computed from: the same again is no new vintage.
    Column("counts_hash", Text),
    #: Shown cells that say otherwise than the vintage before.
    Column("revised_cells", Integer),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_reason", Text),
)
release_file = Table(
    "release_file",
    metadata,
    Column("release_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("media_type", Text),
    Column("sha256", Text),
    Column("content", LargeBinary),
)
#: The newest catalogue of all releases; written anew with each.
catalogue_file = Table(
    "catalogue_file",
    metadata,
    Column("name", Text, primary_key=True),
    Column("media_type", Text),
    Column("sha256", Text),
    Column("content", LargeBinary),
)
