"""Sign in and out: a server-side session for pages, a bearer token for software."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account, api_token, web_session
from asm.accounts.own.ended import note_ended
from asm.accounts.own.sign_in_name import same_name
from asm.accounts.passwords import MOST_SHARING, first_match
from asm.accounts.roles import Role
from asm.audit.trail import record
from asm.db.base import new_id
from asm.db.rls import database_now
from asm.errors import Unauthenticated

SESSION_HOURS = 12
TOKEN_DAYS = 90


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh secret, shown once: only its SHA-256 is stored (it is 256 random bits)."""

    token: str
    account_id: UUID
    role: Role
    language: str
    expires_at: datetime


def token_hash(token: str) -> bytes:
    """What is stored of a session or bearer token."""
    return hashlib.sha256(token.encode()).digest()


async def sign_in(
    session: AsyncSession,
    login: str,
    password: str,
    *,
    device: str | None = None,
    known: bool = False,
) -> SignedIn:
    """Open a page session of 12 hours at most. `login`: an account's own, or what a host typed to
    sign in with; `device`: what kind it is (`asm.accounts.own.device`). Raises Unauthenticated for
    any wrong pair. The try was counted before (`asm.accounts.throttling.throttle`), which says
    whether its device or network is `known` of the account.
    """
    row = await _checked_account(session, login, password, known=known)
    return await open_session(session, row, device)


async def sign_in_new(
    session: AsyncSession, account_id: UUID, *, device: str | None = None
) -> SignedIn:
    """Open a page session for an account that was opened in this transaction."""
    row = (await session.execute(_accounts().where(account.c.id == account_id))).one()
    return await open_session(session, row, device)


async def open_session(session: AsyncSession, row: Any, device: str | None) -> SignedIn:
    """Open a page session for an account whose row was just checked."""
    token = secrets.token_urlsafe(32)
    expires_at = await database_now(session) + timedelta(hours=SESSION_HOURS)
    await session.execute(
        insert(web_session).values(
            token_hash=token_hash(token),
            account_id=row.id,
            expires_at=expires_at,
            id=new_id(),
            device=device,
        )
    )
    return await _signed_in(session, row, token, expires_at, "account.signed_in")


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session on the server; an unknown token is no error."""
    done = await session.execute(
        delete(web_session)
        .where(web_session.c.token_hash == token_hash(token))
        .returning(web_session.c.account_id)
    )
    note_ended(session, *done.scalars())


async def issue_token(
    session: AsyncSession, login: str, password: str, label: str, *, known: bool = False
) -> SignedIn:
    """A bearer token of 90 days for hotel software and phones. Counted before, as a sign-in is."""
    row = await _checked_account(session, login, password, known=known)
    token = "asm_" + secrets.token_urlsafe(32)
    expires_at = await database_now(session) + timedelta(days=TOKEN_DAYS)
    await session.execute(
        insert(api_token).values(
            token_hash=token_hash(token),
            id=new_id(),
            account_id=row.id,
            label=label,
            expires_at=expires_at,
        )
    )
    return await _signed_in(session, row, token, expires_at, "account.token_issued")


async def revoke_token(session: AsyncSession, token: str) -> None:
    """Make a bearer token useless from now on; an unknown token is no error."""
    done = await session.execute(
        update(api_token)
        .where(api_token.c.token_hash == token_hash(token), api_token.c.revoked_at.is_(None))
        .values(revoked_at=await database_now(session))
        .returning(api_token.c.account_id)
    )
    note_ended(session, *done.scalars())


def _accounts() -> Select[Any]:
    return select(
        account.c.id,
        account.c.role,
        account.c.language,
        account.c.ward_code,
        account.c.password_hash,
    )


async def _checked_account(session: AsyncSession, login: str, password: str, *, known: bool) -> Any:
    own_login = account.c.login == login.replace("\0", "").strip().lower()
    # Several people may share a phone number; who came first is not pushed out by who comes later.
    result = await session.execute(
        _accounts()
        .where(
            or_(own_login, account.c.sign_in_name == same_name(login)),
            account.c.disabled_at.is_(None),
        )
        .order_by(own_login.desc(), account.c.created_at, account.c.id)
        .limit(MOST_SHARING)
    )
    rows = result.all()
    # Hashing may wait for its turn: no connection is held meanwhile.
    await session.commit()
    match = await first_match([row.password_hash for row in rows], password, known=known)
    if match is None:
        raise Unauthenticated("sign_in_failed")
    return rows[match]


async def _signed_in(
    session: AsyncSession, row: Any, token: str, expires_at: datetime, action: str
) -> SignedIn:
    await record(
        session, actor_id=row.id, actor_role=row.role, action=action, ward_code=row.ward_code
    )
    return SignedIn(
        token=token,
        account_id=row.id,
        role=row.role,
        language=row.language,
        expires_at=expires_at,
    )
