"""Somebody changes their password, and hears of it wherever they are reached: in case it was not
them.
"""

from collections.abc import Collection

from asm.accounts.access import Scope
from asm.accounts.own.change_own import PasswordChange, change_password
from asm.notify.messages.account_messages import post_password_changed


async def change_own_password(
    scope: Scope, change: PasswordChange, opened_by: bytes, here: Collection[bytes] = ()
) -> None:
    """As `change_password`, with the message."""
    await change_password(scope, change, opened_by, here)
    await post_password_changed(scope.session, scope.actor.id)
