"""A phone is signed in, and given tokens: one for ten minutes, and one to get the next ones with.

Of tokens only hashes are kept. The token that follows a refresh token is made of it and of a key of
the server's, so that the same one can be given again when the answer was lost, and is stored
nowhere meanwhile.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.devices.end import end_devices_of
from asm.accounts.devices.model import device, device_refresh
from asm.accounts.devices.proof import Proof
from asm.accounts.login import token_hash
from asm.accounts.model import account, api_token
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM
from asm.accounts.sessions import account_columns, enter_as
from asm.audit.trail import record
from asm.db.base import new_id
from asm.errors import Invalid

ACCESS_S: Final = 600
REFRESH_DAYS: Final = 90


class DeviceTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once."""

    device_id: UUID
    access: str
    refresh: str

    def __repr__(self) -> str:
        return f"DeviceTokens({self.device_id})"


async def host_in_scope(session: AsyncSession, account_id: UUID) -> Scope:
    """The account of a secret that was right, in its own row-level scope. Raises Invalid
    `grant_wrong` for one that is disabled, or no host any more.
    """
    rows = await session.execute(account_columns().where(account.c.id == account_id))
    row = rows.one_or_none()
    if row is None or row.role not in HOST_ROLES or row.role == HOTEL_SYSTEM:
        raise Invalid("grant_wrong")
    return Scope(session, await enter_as(session, row))


async def add_device(scope: Scope, wish: Any, binding: str, proof: Proof) -> DeviceTokens:
    """Sign a phone in as the code's row has it. Where the same storage of the same app is signed in
    already, that ends.
    """
    before = await scope.session.execute(
        select(device.c.id).where(
            device.c.account_id == scope.actor.id,
            device.c.client_id == wish.client_id,
            device.c.binding == binding,
            device.c.ended_at.is_(None),
        )
    )
    for old in before.scalars().all():
        await end_devices_of(scope.session, scope.actor.id, "again", which=old)
    device_id = new_id()
    await scope.session.execute(
        insert(device).values(
            id=device_id,
            account_id=scope.actor.id,
            client_id=wish.client_id,
            label=wish.label,
            kind=wish.kind,
            jkt=proof.jkt,
            public_key=proof.public_key,
            binding=binding,
            expires_at=func.clock_timestamp() + timedelta(days=REFRESH_DAYS),
        )
    )
    refresh = "asmr_" + secrets.token_urlsafe(32)
    await store_refresh(scope, device_id, refresh)
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="account.device_added",
        ward_code=scope.actor.ward_code,
        subject_id=device_id,
        details={"client": wish.client_id},
    )
    return DeviceTokens(
        device_id=device_id,
        access=await issue_access(scope, device_id, proof, wish.label),
        refresh=refresh,
    )


async def store_refresh(scope: Scope, device_id: UUID, token: str) -> None:
    """Keep the hash of a refresh token of 90 days."""
    await scope.session.execute(
        insert(device_refresh).values(
            token_hash=token_hash(token),
            device_id=device_id,
            account_id=scope.actor.id,
            expires_at=func.clock_timestamp() + timedelta(days=REFRESH_DAYS),
        )
    )


async def issue_access(scope: Scope, device_id: UUID, proof: Proof, label: str) -> str:
    """An access token of ten minutes, bound to the key that was proved."""
    token = "asmd_" + secrets.token_urlsafe(32)
    await scope.session.execute(
        insert(api_token).values(
            token_hash=token_hash(token),
            id=new_id(),
            account_id=scope.actor.id,
            label=label,
            expires_at=func.clock_timestamp() + timedelta(seconds=ACCESS_S),
            device_id=device_id,
            device_jkt=proof.jkt,
            device_key=proof.public_key,
        )
    )
    return token


def successor(key: bytes, token: str) -> str:
    """The refresh token that follows this one."""
    own = hmac.digest(key, b"asm refresh successor", hashlib.sha256)
    digest = hmac.digest(own, token.encode(), hashlib.sha256)
    return "asmr_" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
