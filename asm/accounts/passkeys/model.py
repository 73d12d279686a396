"""Passkeys and the challenges that were answered, as tables."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

passkey = Table(
    "passkey",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    #: The SHA-256 of its id, by which who presents it is let see the row.
    Column("credential_hash", LargeBinary),
    Column("credential_id", LargeBinary),
    #: The host that it was made for.
    Column("rp_id", Text),
    Column("public_key", LargeBinary),
    Column("sign_count", BigInteger),
    #: Whether it is copied to the owner's other devices.
    Column("backed_up", Boolean),
    Column("label", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    #: Since when it signs nobody in: its counter went back.
    Column("blocked_at", DateTime(timezone=True)),
)
passkey_answered = Table(
    "passkey_answered",
    metadata,
    Column("challenge_hash", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True)),
)
