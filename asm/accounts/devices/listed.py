"""The phones that an account is signed in on, seen and signed out by whoever they belong to."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from asm.accounts.access import Scope
from asm.accounts.devices.end import EndReason, end_devices_of
from asm.accounts.devices.model import device
from asm.audit.trail import record
from asm.errors import not_found


class SignedInDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A phone that is signed in. `label`: what it calls itself; `kind`: what kind its browser says
    it is; `last_used_at`: when it last asked for a new access token; `current`: the one that asks.
    """

    id: UUID
    client_id: str
    label: str
    kind: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


async def devices_of(scope: Scope) -> list[SignedInDevice]:
    """The account's devices that are signed in, the latest used first."""
    own = scope.actor.device
    names = [field for field in SignedInDevice.__struct_fields__ if field != "current"]
    rows = await scope.session.execute(
        select(*(device.c[name] for name in names))
        .where(
            device.c.account_id == scope.actor.id,
            device.c.ended_at.is_(None),
            device.c.expires_at > func.clock_timestamp(),
        )
        .order_by(device.c.last_used_at.desc(), device.c.id)
    )
    return [
        SignedInDevice(**row, current=own is not None and own.id == row["id"])
        for row in rows.mappings()
    ]


async def sign_out_device(scope: Scope, device_id: UUID, reason: EndReason = "owner") -> None:
    """End one device, at once and everywhere; it hears so when it next asks. Raises not_found for
    one that is not the account's, or has ended.
    """
    if not await end_devices_of(scope.session, scope.actor.id, reason, which=device_id):
        raise not_found("device")
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="account.device_ended",
        ward_code=scope.actor.ward_code,
        subject_id=device_id,
        details={"reason": reason},
    )
