"""A new password for an account that proved itself by a code: whoever was signed in, is no more.

account = await account_to_change(session, account_id)
... no transaction: hashing takes its time ...
hashed = await account.hashed(password, turn)
await replace_password(session, account, hashed)   # and only then spend the code
"""

from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.devices.end import end_devices_of
from asm.accounts.model import account
from asm.accounts.own.named import Hashed, hash_with_salt, salt_of_name
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.own.other_ways import end_other_ways
from asm.accounts.passwords import Turn
from asm.accounts.throttling.known_origins import forget_known
from asm.audit.trail import record
from asm.errors import Conflict


class AccountToChange(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it was before its new password. `names`: what others know of the person;
    `salt`: of the name to sign in with; `before`: the hash of the old password.
    """

    id: UUID
    names: tuple[str, ...]
    salt: bytes | None
    before: str

    def __repr__(self) -> str:
        return f"AccountToChange({self.id})"

    async def hashed(self, password: str, turn: Turn) -> Hashed:
        """Raises Invalid for a weak one, or one that is a name of the account, Unavailable."""
        return await hash_with_salt(password, self.salt, turn, self.names)


async def account_to_change(session: AsyncSession, account_id: UUID) -> AccountToChange:
    """Locks nothing."""
    rows = await session.execute(
        select(
            account.c.login, account.c.display_name, account.c.sign_in_name, account.c.password_hash
        ).where(account.c.id == account_id)
    )
    row = rows.one()
    name: str | None = row.sign_in_name
    return AccountToChange(
        id=account_id,
        names=(row.login, row.display_name, name or ""),
        salt=None if name is None else await salt_of_name(session, name),
        before=row.password_hash,
    )


async def replace_password(session: AsyncSession, changed: AccountToChange, new: Hashed) -> None:
    """Set it, end all sessions, tokens, devices and other ways in, and forget where the account is
    known from. Its row is held until the transaction ends: whoever disables it comes before or
    after. Raises Conflict `code_used` where that, or a change of password or name, came before.
    """
    done = await session.execute(
        update(account)
        .where(
            account.c.id == changed.id,
            account.c.disabled_at.is_(None),
            account.c.password_hash == changed.before,
        )
        .values(**msgspec.structs.asdict(new))
        .returning(account.c.id)
    )
    if done.one_or_none() is None:
        raise Conflict("code_used")
    await end_sessions_of(session, changed.id)
    await end_tokens_of(session, changed.id)
    await end_devices_of(session, changed.id, "password")
    await end_other_ways(session, changed.id)
    await forget_known(session, changed.id)
    await record_own(session, changed.id, "account.password_set_by_code")


async def record_own(session: AsyncSession, account_id: UUID, action: str) -> None:
    """What an account did to itself, in the audit trail."""
    rows = await session.execute(
        select(account.c.role, account.c.ward_code).where(account.c.id == account_id)
    )
    row = rows.one()
    await record(
        session,
        actor_id=account_id,
        actor_role=row.role,
        action=action,
        ward_code=row.ward_code,
        subject_id=account_id,
    )
