"""A new access token for a refresh token, which is spent by that.

1. Proof and nonce were looked at before: a try without them spends nothing.
2. The device is held, so that of two at once the second comes after the first.
3. A refresh token that is good is spent, and followed by the next.
4. One that was spent within ten minutes, with the same key: the answer was lost, or two tabs asked.
   The same next token is given again.
5. One that was spent earlier, or that comes with another key: somebody else has it. The device is
   signed out, which its owner sees.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.devices.end import end_devices_of
from asm.accounts.devices.issue import (
    REFRESH_DAYS,
    DeviceTokens,
    host_in_scope,
    issue_access,
    store_refresh,
    successor,
)
from asm.accounts.devices.model import device, device_refresh
from asm.accounts.devices.proof import Proof
from asm.accounts.devices.sign_in_code import hold_secret
from asm.accounts.login import token_hash
from asm.audit.trail import record
from asm.errors import Invalid

#: So long the same token may be asked for once more.
SAME_AGAIN: Final = timedelta(minutes=10)


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone brings."""

    token: str
    client_id: str
    proof: Proof

    def __repr__(self) -> str:
        return "Refresh(…)"


async def refresh_tokens(session: AsyncSession, key: bytes, wish: Refresh) -> DeviceTokens:
    """The next tokens of the device. `key`: of the server, for `successor`. Raises Invalid
    `grant_wrong`, and `device_ended` for a device that is signed out.
    """
    hashed = token_hash(wish.token)
    scope, held = await _device_of(session, hashed)
    if held.ended_at is not None:
        raise Invalid("device_ended")
    if held.client_id != wish.client_id:
        raise Invalid("grant_wrong")
    row = await _refresh_row(session, hashed)
    if held.jkt != wish.proof.jkt or _is_spent_long_ago(row):
        await _end_for_reuse(scope, held.id, other_key=held.jkt != wish.proof.jkt)
        raise Invalid("device_ended")
    if row.expires_at <= row.now:
        raise Invalid("grant_wrong")
    following = successor(key, wish.token)
    if row.spent_at is None:
        await _spend(scope, hashed, held.id, following)
    return DeviceTokens(
        device_id=held.id,
        access=await issue_access(scope, held.id, wish.proof, held.label),
        refresh=following,
    )


async def revoke_by_refresh(session: AsyncSession, token: str, client_id: str) -> bool:
    """Sign the phone of a refresh token out, as it wishes itself (RFC 7009); whether there was such
    a token of such an app.
    """
    try:
        scope, held = await _device_of(session, token_hash(token))
    except Invalid:
        return False
    if held.client_id != client_id:
        return False
    if await end_devices_of(session, scope.actor.id, "itself", which=held.id):
        await _record(scope, "account.device_ended", held.id, {"reason": "itself"})
    return True


async def _device_of(session: AsyncSession, hashed: bytes) -> tuple[Scope, Any]:
    """The device of a refresh token, held until the transaction ends, in its account's scope."""
    await hold_secret(session, hashed)
    row = await _refresh_row(session, hashed)
    if row is None:
        raise Invalid("grant_wrong")
    scope = await host_in_scope(session, row.account_id)
    held = await session.execute(
        select(device.c.id, device.c.client_id, device.c.jkt, device.c.label, device.c.ended_at)
        .where(device.c.id == row.device_id)
        .with_for_update()
    )
    return scope, held.one()


async def _refresh_row(session: AsyncSession, hashed: bytes) -> Any:
    rows = await session.execute(
        select(
            device_refresh.c.device_id,
            device_refresh.c.account_id,
            device_refresh.c.expires_at,
            device_refresh.c.spent_at,
            func.clock_timestamp().label("now"),
        ).where(device_refresh.c.token_hash == hashed)
    )
    return rows.one_or_none()


def _is_spent_long_ago(row: Any) -> bool:
    return row.spent_at is not None and row.now - row.spent_at > SAME_AGAIN


async def _spend(scope: Scope, hashed: bytes, device_id: UUID, following: str) -> None:
    now = func.clock_timestamp()
    await scope.session.execute(
        update(device_refresh).where(device_refresh.c.token_hash == hashed).values(spent_at=now)
    )
    await store_refresh(scope, device_id, following)
    await scope.session.execute(
        update(device)
        .where(device.c.id == device_id)
        .values(last_used_at=now, expires_at=now + timedelta(days=REFRESH_DAYS))
    )


async def _end_for_reuse(scope: Scope, device_id: UUID, *, other_key: bool) -> None:
    """Committed before it is refused: a refusal undoes what was done."""
    await end_devices_of(scope.session, scope.actor.id, "reuse", which=device_id)
    await _record(scope, "account.refresh_reused", device_id, {"other_key": other_key})
    await scope.session.commit()


async def _record(scope: Scope, action: str, device_id: UUID, details: dict[str, Any]) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=scope.actor.ward_code,
        subject_id=device_id,
        details=details,
    )
