"""A host closes their account: where they were reached is deleted with it."""

from typing import Final

from sqlalchemy import delete

from asm.accounts.access import Scope
from asm.accounts.own.close import close_account, hold_to_close
from asm.facilities.left_alone import refuse_to_leave_alone
from asm.notify.model import contact, notice_hours, notice_preference

_THEIRS: Final = (contact, notice_preference, notice_hours)


async def close_own_account(scope: Scope, password: str) -> None:
    """Raises Conflict `sole_member` while an active facility has nobody else, `last_owner` while
    one has no other owner, and as `hold_to_close` does.
    """
    await hold_to_close(scope, password)
    await refuse_to_leave_alone(scope)
    await close_account(scope)
    for theirs in _THEIRS:
        await scope.session.execute(delete(theirs).where(theirs.c.account_id == scope.actor.id))
