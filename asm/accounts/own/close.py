"""A host closes their own account. What was declared stays, as the law asks; what says who they are
and where they are reached goes.
"""

from typing import Final

from sqlalchemy import func, update

from asm.accounts.access import Scope
from asm.accounts.devices.end import end_devices_of
from asm.accounts.model import account
from asm.accounts.own.change_own import hold_unchanged, require_password
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.own.other_ways import end_other_ways
from asm.accounts.roles import HOST_ROLES
from asm.audit.trail import record
from asm.errors import NotAllowed

#: Stands where the name stood.
CLOSED_NAME: Final = "–"


async def hold_to_close(scope: Scope, password: str) -> None:
    """Let on a host who knows the password, and hold the account: it joins and registers nothing
    more until the transaction ends. The slow comparison comes first, with nothing locked.

    Raises NotAllowed for who is no host, Invalid `password_wrong`, Unavailable.
    """
    if scope.actor.role not in HOST_ROLES:
        raise NotAllowed("close_is_for_hosts")
    await hold_unchanged(scope, await require_password(scope, password))


async def close_account(scope: Scope) -> None:
    """Disable the account for good and end all its sessions, tokens, devices and passkeys,
    after `hold_to_close`. Whether a facility may be left is for the caller to ask in between
    (`asm.facilities.left_alone`), where they are known.
    """
    await scope.session.execute(
        update(account)
        .where(account.c.id == scope.actor.id)
        .values(
            disabled_at=func.clock_timestamp(),
            closed_at=func.clock_timestamp(),
            sign_in_name=None,
            name_hash=None,
            named_at=None,
            display_name=CLOSED_NAME,
        )
    )
    sessions = await end_sessions_of(scope.session, scope.actor.id)
    tokens = await end_tokens_of(scope.session, scope.actor.id)
    devices = await end_devices_of(scope.session, scope.actor.id, "closed")
    await end_other_ways(scope.session, scope.actor.id)
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="account.closed",
        subject_id=scope.actor.id,
        details={"sessions": sessions, "tokens": tokens, "devices": devices},
    )
