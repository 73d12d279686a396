"""The code that signs a phone in: issued to a browser session, exchanged once by whoever began.

It is good for a minute, and bound to what it was asked for with: the app, where it is answered, the
challenge whose verifier only who asked knows (PKCE), and the key that the phone will prove (the
thumbprint that it named). Somebody else's code fits none of these.
"""

import secrets
from datetime import timedelta
from typing import Any, Final

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.devices.end import end_devices_of
from asm.accounts.devices.issue import DeviceTokens, add_device, host_in_scope
from asm.accounts.devices.model import device_code
from asm.accounts.devices.proof import Proof
from asm.accounts.login import token_hash
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM
from asm.audit.trail import record
from asm.errors import Invalid, NotAllowed

CODE_S: Final = 60
_HOLD = text("SELECT set_config('asm.secret', :hash, true)")


class CodeWish(msgspec.Struct, frozen=True, kw_only=True):
    """What an app asks for: checked already (`asm.web.oauth.authorize_page`)."""

    client_id: str
    redirect_uri: str
    challenge: str
    jkt: str
    label: str
    kind: str | None = None


class CodeExchange(msgspec.Struct, frozen=True, kw_only=True):
    """What an app brings to have its code exchanged; `binding`: the name of its storage."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str
    binding: str
    proof: Proof

    def __repr__(self) -> str:
        return "CodeExchange(…)"


def require_host(scope: Scope) -> None:
    """Phones are for hosts: an office sees a whole ward, at a screen of its own. Raises
    NotAllowed.
    """
    if scope.actor.role not in HOST_ROLES or scope.actor.role == HOTEL_SYSTEM:
        raise NotAllowed("app_is_for_hosts")


async def issue_code(scope: Scope, wish: CodeWish) -> str:
    """A code for the actor's account. Raises NotAllowed for who is no host."""
    require_host(scope)
    code = secrets.token_urlsafe(32)
    await scope.session.execute(
        insert(device_code).values(
            code_hash=token_hash(code),
            account_id=scope.actor.id,
            client_id=wish.client_id,
            redirect_uri=wish.redirect_uri,
            challenge=wish.challenge,
            jkt=wish.jkt,
            label=wish.label,
            kind=wish.kind,
            expires_at=func.clock_timestamp() + timedelta(seconds=CODE_S),
        )
    )
    return code


async def hold_secret(session: AsyncSession, hashed: bytes) -> None:
    """Show this transaction the row of the code or refresh token with this hash."""
    await session.execute(_HOLD, {"hash": hashed.hex()})


async def exchange_code(session: AsyncSession, exchange: CodeExchange) -> DeviceTokens:
    """Sign the phone in. A code that does not fit spends nothing. One that comes again with all
    that belongs to it was stolen, or its answer was: the device that it signed in ends. Raises
    Invalid `grant_wrong`.
    """
    hashed = token_hash(exchange.code)
    await hold_secret(session, hashed)
    row = await _held(session, hashed)
    if row is None or not _fits(row, exchange):
        raise Invalid("grant_wrong")
    if row.spent_at is not None:
        await _end_for_reuse(session, row)
        raise Invalid("grant_wrong")
    if row.expires_at <= row.now or row.jkt != exchange.proof.jkt:
        raise Invalid("grant_wrong")
    scope = await host_in_scope(session, row.account_id)
    tokens = await add_device(scope, row, exchange.binding, exchange.proof)
    await session.execute(
        update(device_code)
        .where(device_code.c.code_hash == hashed)
        .values(spent_at=func.clock_timestamp(), device_id=tokens.device_id)
    )
    return tokens


async def _held(session: AsyncSession, hashed: bytes) -> Any:
    rows = await session.execute(
        select(device_code, func.clock_timestamp().label("now"))
        .where(device_code.c.code_hash == hashed)
        .with_for_update()
    )
    return rows.one_or_none()


def _fits(row: Any, exchange: CodeExchange) -> bool:
    """What a verifier is compared with says nothing of it: it is a hash."""
    return bool(
        row.client_id == exchange.client_id
        and row.redirect_uri == exchange.redirect_uri
        and row.challenge == create_s256_code_challenge(exchange.verifier)
    )


async def _end_for_reuse(session: AsyncSession, row: Any) -> None:
    """Committed before it is refused: a refusal undoes what was done."""
    if await end_devices_of(session, row.account_id, "reuse", which=row.device_id):
        scope = await host_in_scope(session, row.account_id)
        await record(
            session,
            actor_id=row.account_id,
            actor_role=scope.actor.role,
            action="account.code_reused",
            subject_id=row.device_id,
        )
    await session.commit()
