"""Which installation a database is, and what marks its key files, as tables."""

from sqlalchemy import Boolean, Column, DateTime, Table, Text, Uuid

from asm.db.base import metadata

installation = Table(
    "installation",
    metadata,
    #: Always true: there is one row at most.
    Column("only_row", Boolean, primary_key=True),
    Column("id", Uuid),
    Column("kind", Text),
    Column("made_at", DateTime(timezone=True)),
)
installation_key = Table(
    "installation_key",
    metadata,
    Column("file", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    #: `current`; `next`: a rotation is under way; `former`: of a key that signed receipts before.
    Column("state", Text),
    #: Of keys that sign receipts alone, in hexadecimal: it is published anyway.
    Column("public_key", Text),
    Column("noted_at", DateTime(timezone=True)),
)
