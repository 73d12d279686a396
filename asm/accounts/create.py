"""Make accounts (administrators and the seed do; people ask their ward or company)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.accounts.passwords import NO_PASSWORD, hash_password
from asm.accounts.roles import Role
from asm.accounts.typed_login import as_login
from asm.db.base import new_id
from asm.errors import Conflict


async def create_account(
    session: AsyncSession,
    *,
    login: str,
    password: str | None,
    display_name: str,
    role: Role,
    ward_code: str | None = None,
    province_code: str | None = None,
) -> UUID:
    """Add an account and return its id. Without `password` nobody signs in to it before a code set
    one; with one it is hashed here, which may wait for its turn: not in a web request. Raises
    Conflict when the login is taken, Invalid when the password is too short.
    """
    identifier = new_id()
    names = (login, display_name)
    hashed = NO_PASSWORD if password is None else await hash_password(password, names)
    done = await session.execute(
        insert(account)
        .values(
            id=identifier,
            login=as_login(login),
            password_hash=hashed,
            display_name=display_name,
            role=role,
            ward_code=ward_code,
            province_code=province_code,
        )
        .on_conflict_do_nothing(index_elements=["login"])
        .returning(account.c.id)
    )
    if done.one_or_none() is None:
        raise Conflict("login_taken")
    return identifier


async def account_id_of(session: AsyncSession, login: str) -> UUID | None:
    """The id of a login, or None."""
    ids = await session.execute(select(account.c.id).where(account.c.login == as_login(login)))
    return ids.scalar_one_or_none()
