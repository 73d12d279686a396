"""Sign in and out: a server-side session for pages, a bearer token for software."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account, api_token, web_session
from asm.accounts.own.ended import note_ended
from asm.accounts.own.named import salt_of_name
from asm.accounts.own.sign_in_name import same_name
from asm.accounts.own.unchanged import still_opens
from asm.accounts.passwords import ToCompare, compare, share_of_account, share_of_network
from asm.accounts.roles import Role
from asm.accounts.throttling.known_origins import account_of_name
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.sign_in_tries import (
    RightPassword,
    SignInTry,
    count_sign_in,
    not_looked_at,
    sign_in_refused,
    sign_in_succeeded,
)
from asm.accounts.throttling.throttle import Throttle
from asm.audit.trail import record
from asm.db.base import new_id
from asm.db.rls import database_now
from asm.errors import Unauthenticated, Unavailable

SESSION_HOURS = 12
TOKEN_DAYS = 90


class SignInWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types, and from where. `login`: an account's own, or what a host chose to sign
    in with; `device`: the secret of the cookie that a browser gets when it is right.
    """

    login: str
    password: str
    origin: RequestOrigin
    device: str | None = None

    def __repr__(self) -> str:
        return "SignInWish(…)"


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
    session: AsyncSession, throttle: Throttle, wish: SignInWish, *, device: str | None = None
) -> SignedIn:
    """Open a page session of 12 hours at most. `device`: what kind it is
    (`asm.accounts.own.device`). The try is counted. Raises Unauthenticated for any wrong pair,
    TooMany, Unavailable.
    """
    row = await _checked_account(session, throttle, wish)
    return await open_session(session, row, device)


async def sign_in_new(
    session: AsyncSession, account_id: UUID, *, device: str | None = None, by: str | None = None
) -> SignedIn:
    """Open a page session for an account that was opened, whose password was set, or that was
    proved `by` other means than a password, in this transaction. Raises Unauthenticated for one
    that is disabled.
    """
    rows = await session.execute(
        _accounts()
        .where(account.c.id == account_id, account.c.disabled_at.is_(None))
        .with_for_update(read=True)
    )
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated("sign_in_failed")
    return await open_session(session, row, device, by)


async def open_session(
    session: AsyncSession, row: Any, device: str | None, by: str | None = None
) -> SignedIn:
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
    return await _signed_in(session, row, token, expires_at, "account.signed_in", by)


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session on the server; an unknown token is no error."""
    done = await session.execute(
        delete(web_session)
        .where(web_session.c.token_hash == token_hash(token))
        .returning(web_session.c.account_id)
    )
    note_ended(session, *done.scalars())


async def issue_token(
    session: AsyncSession, throttle: Throttle, wish: SignInWish, label: str
) -> SignedIn:
    """A bearer token of 90 days for hotel software and phones; counted and refused as `sign_in`."""
    row = await _checked_account(session, throttle, wish)
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


async def _checked_account(session: AsyncSession, throttle: Throttle, wish: SignInWish) -> Any:
    """The account that the pair opens, held as it is until the transaction ends."""
    tried = await count_sign_in(throttle, wish.origin, wish.login)
    opened, row = await _compared(session, throttle, tried, wish.password)
    if opened is None:
        raise sign_in_refused(tried)
    await sign_in_succeeded(throttle, tried, opened, wish.device)
    if not await still_opens(session, row.id, row.password_hash):
        raise Unauthenticated("sign_in_failed")
    return row


async def _compared(
    session: AsyncSession, throttle: Throttle, tried: SignInTry, password: str
) -> tuple[RightPassword | None, Any]:
    """Whose password it is, with the account's row."""
    wanted, row = await _wanted(session, tried)
    # Hashing may wait for its turn: no connection is held meanwhile.
    await session.commit()
    shares = share_of_network(tried.origin.network)
    if tried.here:
        shares |= share_of_account(tried.here[0].account_id)
    try:
        compared = await compare(wanted, password, shares=shares)
    except Unavailable:
        await not_looked_at(throttle, tried)
        raise
    at_once = compared.by_login is None or compared.name_hash is None
    if compared.name_hash is not None and not compared.by_login:
        here = [each.account_id for each in tried.here]
        row = await account_of_name(session, tried.typed, compared.name_hash, here, tried.among)
        await session.commit()
        if row is None:
            return None, None
    return RightPassword(account_id=row.id, by_login=bool(compared.by_login), at_once=at_once), row


async def _wanted(session: AsyncSession, tried: SignInTry) -> tuple[ToCompare, Any]:
    """What the password is compared with, and the row of the account whose login was typed."""
    login_id = None if tried.login is None else tried.login.account_id
    ids = [*(each.account_id for each in tried.here), *([] if login_id is None else [login_id])]
    result = await session.execute(
        _accounts()
        .add_columns(account.c.name_hash)
        .where(account.c.id.in_(ids), account.c.disabled_at.is_(None))
    )
    rows = {row.id: row for row in result}
    row = None if login_id is None else rows.get(login_id)
    names = {rows[each.account_id].name_hash for each in tried.here if each.account_id in rows}
    return (
        ToCompare(
            stored=None if row is None else row.password_hash,
            salt=await salt_of_name(session, same_name(tried.typed)),
            known_login=tried.login is not None and tried.login.known,
            known_names=frozenset(names - {None}),
        ),
        row,
    )


async def _signed_in(
    session: AsyncSession,
    row: Any,
    token: str,
    expires_at: datetime,
    action: str,
    by: str | None = None,
) -> SignedIn:
    await record(
        session,
        actor_id=row.id,
        actor_role=row.role,
        action=action,
        ward_code=row.ward_code,
        details={"by": by} if by else None,
    )
    return SignedIn(
        token=token,
        account_id=row.id,
        role=row.role,
        language=row.language,
        expires_at=expires_at,
    )
