"""An account's identity at the provider: linked and unlinked by its host, and signed in with.

What is kept is a keyed hash of issuer and subject: nothing of the person, and nobody finds out from
the table who has an identity there. A stranger's identity makes no account.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Column,
    DateTime,
    LargeBinary,
    Table,
    Uuid,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.login import SignedIn, sign_in_new
from asm.accounts.model import account
from asm.accounts.own.step_up import STEP_UP_LASTS, require_step_up
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM, Role
from asm.audit.trail import record
from asm.db.base import metadata
from asm.db.rls import enter_scope
from asm.errors import Conflict, Invalid, NotAllowed, Unauthenticated
from asm.identity.oidc import SIGN_IN_S, Vouched

_PRESENT: Final = text("SELECT set_config('asm.secret', :hash, true)")
account_identity = Table(
    "account_identity",
    metadata,
    #: Of issuer and subject, keyed.
    Column("identity_hash", LargeBinary, primary_key=True),
    Column("account_id", Uuid),
    Column("linked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)


class IdentityKeys:
    """Hash identities: with the newest of the keys of `notify.key`; all are looked for."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, b"asm vouched identity", hashlib.sha256) for key in keys]

    def hashes(self, vouched: Vouched) -> list[bytes]:
        """The newest first."""
        named = f"{vouched.issuer}\x1f{vouched.subject}".encode()
        return [hmac.digest(key, named, hashlib.sha256) for key in self._keys]


def may_link(role: Role) -> bool:
    """People who declare; officers' accounts are their office's, software has no identity."""
    return role in HOST_ROLES and role != HOTEL_SYSTEM


async def linked_since(scope: Scope) -> datetime | None:
    """Since when the account has an identity at the provider."""
    rows = await scope.session.execute(
        select(account_identity.c.linked_at).where(account_identity.c.account_id == scope.actor.id)
    )
    since: datetime | None = rows.scalar_one_or_none()
    return since


def require_may_link(scope: Scope) -> None:
    """Raises NotAllowed for who is no host, StepUpRequired."""
    if not may_link(scope.actor.role):
        raise NotAllowed("role_not_allowed")
    require_step_up(scope.actor)


def stepped_up_before(actor: Actor) -> bool:
    """Whether who comes back from the provider typed the password before they went there."""
    since = actor.stepped_up_at
    return since is not None and actor.now - since <= STEP_UP_LASTS + timedelta(seconds=SIGN_IN_S)


async def link_identity(scope: Scope, keys: IdentityKeys, vouched: Vouched) -> None:
    """From now on it signs in to this account; the one before does no more. That its host began
    it, after a step-up, was checked before. Raises Conflict where it is another account's.
    """
    hashes = keys.hashes(vouched)
    whose = await _account_of(scope.session, hashes)
    if whose is not None and whose != scope.actor.id:
        raise Conflict("identity_linked_elsewhere")
    # One that is refused leaves the identity before it linked.
    async with scope.session.begin_nested():
        await scope.session.execute(
            delete(account_identity).where(account_identity.c.account_id == scope.actor.id)
        )
        done = await scope.session.execute(
            insert(account_identity)
            .values(identity_hash=hashes[0], account_id=scope.actor.id)
            .on_conflict_do_nothing()
            .returning(account_identity.c.account_id)
        )
        if done.one_or_none() is None:  # another account at the same moment
            raise Conflict("identity_linked_elsewhere")
    await _record(scope, "account.identity_linked")


async def unlink_identity(scope: Scope) -> None:
    """It signs in no more; the password does. Nothing where none is linked."""
    require_step_up(scope.actor)
    done = await scope.session.execute(
        delete(account_identity)
        .where(account_identity.c.account_id == scope.actor.id)
        .returning(account_identity.c.account_id)
    )
    if done.one_or_none() is not None:
        await _record(scope, "account.identity_unlinked")


async def sign_in_vouched(
    session: AsyncSession, keys: IdentityKeys, vouched: Vouched, *, device: str | None = None
) -> SignedIn:
    """Open a page session for the account that is linked. Raises Invalid `identity_not_linked`,
    also for an account that is disabled, or is no host's any more.
    """
    whose = await _account_of(session, keys.hashes(vouched))
    if whose is None:
        raise Invalid("identity_not_linked")
    role = await session.execute(select(account.c.role).where(account.c.id == whose))
    if not may_link(role.scalar_one()):
        raise Invalid("identity_not_linked")
    await enter_scope(session, actor=whose, role="", ward=None, facilities=())
    await session.execute(
        update(account_identity)
        .where(account_identity.c.account_id == whose)
        .values(last_used_at=func.clock_timestamp())
    )
    try:
        return await sign_in_new(session, whose, device=device, by="identity")
    except Unauthenticated:
        raise Invalid("identity_not_linked") from None


async def _account_of(session: AsyncSession, hashes: Sequence[bytes]) -> Any:
    """Whose identity it is; who presents it sees that one row."""
    for hashed in hashes:
        await session.execute(_PRESENT, {"hash": hashed.hex()})
        rows = await session.execute(
            select(account_identity.c.account_id).where(account_identity.c.identity_hash == hashed)
        )
        whose = rows.scalar_one_or_none()
        if whose is not None:
            return whose
    return None


async def _record(scope: Scope, action: str) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        subject_id=scope.actor.id,
    )
