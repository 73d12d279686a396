"""Is an account still as it was when its password was looked at?

Hashing takes its time, and no row is locked meanwhile: the password may have been changed, or the
account disabled. Whoever acts on what was looked at asks again in the transaction that acts, and
holds the row until it is committed; whoever changes a password or ends an account writes that row
before they end its sessions and tokens. So one of the two waits for the other, and nothing is
opened behind an end.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.errors import Unauthenticated


async def still_opens(session: AsyncSession, account_id: UUID, password_hash: str) -> bool:
    """Whether this is the account's password and it is not disabled. Until the transaction ends
    nobody changes either; others may sign in meanwhile.
    """
    rows = await session.execute(
        select(account.c.password_hash)
        .where(account.c.id == account_id, account.c.disabled_at.is_(None))
        .with_for_update(read=True)
    )
    return rows.scalar_one_or_none() == password_hash


async def hold_to_change(session: AsyncSession, account_id: UUID, password_hash: str) -> bool:
    """As `still_opens`, for who goes on to write the account."""
    rows = await session.execute(
        select(account.c.password_hash)
        .where(account.c.id == account_id, account.c.disabled_at.is_(None))
        .with_for_update(key_share=True)
    )
    return rows.scalar_one_or_none() == password_hash


async def hold_open(session: AsyncSession, account_id: UUID) -> None:
    """Take turns with who closes the account or takes more on with it, until the transaction ends.
    Raises Unauthenticated when it was closed or disabled meanwhile: its sessions have ended.
    """
    rows = await session.execute(
        select(account.c.disabled_at)
        .where(account.c.id == account_id)
        .with_for_update(key_share=True)
    )
    if rows.scalar_one() is not None:
        raise Unauthenticated("sign_in_required")
