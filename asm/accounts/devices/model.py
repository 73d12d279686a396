"""Devices, their refresh tokens and the codes that sign them in, as tables."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

device = Table(
    "device",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("client_id", Text),
    Column("label", Text),
    #: What kind it is (`asm.accounts.own.device`).
    Column("kind", Text),
    #: The thumbprint of its public key (RFC 7638), and the key's coordinates as `x.y`.
    Column("jkt", Text),
    Column("public_key", Text),
    #: What names the storage of the app on it, so that the outbox key stays the same.
    Column("binding", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
)
device_refresh = Table(
    "device_refresh",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("device_id", Uuid),
    Column("account_id", Uuid),
    Column("created_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("spent_at", DateTime(timezone=True)),
)
device_code = Table(
    "device_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid),
    Column("client_id", Text),
    Column("redirect_uri", Text),
    Column("challenge", Text),
    Column("jkt", Text),
    Column("label", Text),
    Column("kind", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("spent_at", DateTime(timezone=True)),
    #: Which device it signed in.
    Column("device_id", Uuid),
)
