"""A new password for an account that proved itself by a code: whoever was signed in, is no more."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.accounts.own.opened import end_sessions_of, end_tokens_of
from asm.accounts.passwords import hash_password
from asm.audit.trail import record


async def replace_password(session: AsyncSession, account_id: UUID, password: str) -> None:
    """Set it and end all sessions and tokens. Raises Invalid for a weak one, before anything is
    changed.
    """
    hashed = await hash_password(password)
    await session.execute(
        update(account).where(account.c.id == account_id).values(password_hash=hashed)
    )
    await end_sessions_of(session, account_id)
    await end_tokens_of(session, account_id)
    await record_own(session, account_id, "account.password_set_by_code")


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
