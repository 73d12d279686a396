"""Accounts, their sessions and tokens as tables."""

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, Table, Text, Uuid

from asm.db.base import metadata

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text),
    Column("display_name", Text),
    Column("password_hash", Text),
    Column("role", Text),
    Column("ward_code", Text),
    Column("province_code", Text),
    Column("language", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
    #: The level that disabled it: an account role, or the operator of the server.
    Column("disabled_by", Text),
    Column("sign_in_name", Text),
    #: Of both it and the password (`asm.accounts.own.named`), and since when it is theirs.
    Column("name_hash", Text),
    Column("named_at", DateTime(timezone=True)),
    Column("terms_version", Text),
    Column("terms_accepted_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
)
web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid),
    Column("created_at", DateTime(timezone=True)),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("id", Uuid),
    Column("device", Text),
    #: When the password was last typed again in it (`asm.accounts.own.step_up`).
    Column("stepped_up_at", DateTime(timezone=True)),
    #: The ward that its officer works in now; None: the account's own.
    Column("ward_code", Text),
)
#: Wards of an officer beside the one that the account belongs to.
officer_ward = Table(
    "officer_ward",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("ward_code", Text, primary_key=True),
    Column("given_at", DateTime(timezone=True)),
    Column("given_by", Uuid),
)
api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("id", Uuid),
    Column("account_id", Uuid),
    Column("label", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    #: Of a facility's software: the secret that it was issued for.
    Column("software_secret_id", Uuid),
    #: Of a phone: which device it was issued to, with the key that it is bound to
    #: (`asm.accounts.devices.model`).
    Column("device_id", Uuid),
    Column("device_jkt", Text),
    Column("device_key", Text),
)
membership = Table(
    "membership",
    metadata,
    Column("facility_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("created_at", DateTime(timezone=True)),
    Column("owner", Boolean),
)
sign_up = Table(
    "sign_up",
    metadata,
    Column("key", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("at", DateTime(timezone=True)),
)
