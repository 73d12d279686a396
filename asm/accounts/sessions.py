"""From a session cookie or bearer token to the actor, with the database told who asks."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor, ActorDevice
from asm.accounts.login import token_hash
from asm.accounts.model import account, api_token, membership, officer_ward, web_session
from asm.accounts.roles import HOST_ROLES, PROVINCIAL_OFFICER
from asm.accounts.typed_login import as_login
from asm.db.rls import enter_scope
from asm.errors import Unauthenticated

#: An officer sees a whole ward: an unattended screen closes sooner than a reception desk's.
OFFICER_IDLE = timedelta(minutes=15)
HOST_IDLE = timedelta(hours=8)
_TOUCH_EVERY = timedelta(minutes=1)
#: How exactly it is known when a token was last used; busy software must not write each time.
_TOUCH_TOKEN_EVERY = timedelta(hours=1)
#: Of a token: the phone that it is bound to (`on_device`).
DEVICE_COLUMNS = (api_token.c.device_id, api_token.c.device_jkt, api_token.c.device_key)


def sign_in_required() -> Unauthenticated:
    """The one 401 for a missing, wrong, ended or revoked sign-in."""
    return Unauthenticated("sign_in_required")


def device_ended() -> Unauthenticated:
    """The 401 for a token of a phone that was signed out: what it keeps is to be removed."""
    return Unauthenticated("device_ended")


def account_columns() -> Select[Any]:
    """What an actor is made of (`actor_of_row`); accounts that are disabled are left out."""
    facilities = (
        select(func.coalesce(func.array_agg(membership.c.facility_id), []))
        .where(membership.c.account_id == account.c.id)
        .scalar_subquery()
    )
    others = (
        select(
            func.array_agg(aggregate_order_by(officer_ward.c.ward_code, officer_ward.c.ward_code))
        )
        .where(officer_ward.c.account_id == account.c.id)
        .scalar_subquery()
    )
    return select(
        account.c.id,
        account.c.login,
        account.c.display_name,
        account.c.role,
        account.c.language,
        account.c.ward_code,
        account.c.province_code,
        facilities.label("facilities"),
        others.label("other_wards"),
        func.clock_timestamp().label("now"),
    ).where(account.c.disabled_at.is_(None))


def _unread() -> Any:
    # A function of the owner's: the scope, which the rows need, is opened after this.
    mine = func.unread_messages(array([account.c.id])).table_valued("account_id", "unread")
    return select(mine.c.unread).scalar_subquery().label("unread")


async def actor_of_session(session: AsyncSession, token: str, *, touch: bool = True) -> Actor:
    """The actor of a page session; idle sessions end (officers 15 minutes, hosts 8 hours). What a
    page does by itself passes `touch=False`: nobody is at the screen because of it.
    """
    rows = await session.execute(
        account_columns()
        .add_columns(
            web_session.c.last_seen_at,
            web_session.c.stepped_up_at,
            web_session.c.ward_code.label("chosen"),
            _unread(),
        )
        .join_from(account, web_session, web_session.c.account_id == account.c.id)
        .where(
            web_session.c.token_hash == token_hash(token),
            web_session.c.expires_at > func.clock_timestamp(),
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise sign_in_required()
    idle = row.now - row.last_seen_at
    if idle > (HOST_IDLE if row.role in HOST_ROLES else OFFICER_IDLE):
        raise sign_in_required()
    if touch and idle > _TOUCH_EVERY:
        await session.execute(
            update(web_session)
            .where(web_session.c.token_hash == token_hash(token))
            .values(last_seen_at=row.now)
        )
    actor = in_ward(actor_of_row(row), row.chosen)
    await enter_again(Scope(session, actor))
    return msgspec.structs.replace(actor, unread=row.unread, stepped_up_at=row.stepped_up_at)


async def open_sessions(session: AsyncSession, hashes: Collection[bytes]) -> frozenset[bytes]:
    """Which of the sessions with these hashes still open, as `actor_of_session` says; it is no sign
    of life.
    """
    rows = await session.execute(
        select(web_session.c.token_hash)
        .join_from(account, web_session, web_session.c.account_id == account.c.id)
        .where(
            web_session.c.token_hash.in_(hashes),
            web_session.c.expires_at > func.clock_timestamp(),
            web_session.c.last_seen_at
            > func.clock_timestamp()
            - case((account.c.role.in_(HOST_ROLES), HOST_IDLE), else_=OFFICER_IDLE),
            account.c.disabled_at.is_(None),
        )
    )
    return frozenset(rows.scalars())


async def actor_of_token(
    session: AsyncSession, hashed: bytes, ward_code: str | None = None
) -> Actor:
    """The actor of the token with this hash, in the ward that the request names where it is one of
    theirs.
    """
    actor = in_ward(await account_of_token(session, hashed), ward_code)
    await enter_again(Scope(session, actor))
    return actor


async def account_of_token(session: AsyncSession, hashed: bytes) -> Actor:
    """Whose token has this hash, and that it was used; no scope is opened. Whether a device's token
    came with the proof of its key is for the caller to ask. Raises Unauthenticated.
    """
    rows = await session.execute(
        account_columns()
        .add_columns(api_token.c.last_used_at, *DEVICE_COLUMNS)
        .join_from(account, api_token, api_token.c.account_id == account.c.id)
        .where(
            api_token.c.token_hash == hashed,
            api_token.c.expires_at > func.clock_timestamp(),
            api_token.c.revoked_at.is_(None),
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise await _why_not(session, hashed)
    if row.last_used_at is None or row.now - row.last_used_at > _TOUCH_TOKEN_EVERY:
        await _touch_token(session, hashed, row.now)
    return on_device(actor_of_row(row), row)


async def _why_not(session: AsyncSession, hashed: bytes) -> Unauthenticated:
    """A phone hears that it was signed out; everybody else that nobody is signed in."""
    rows = await session.execute(
        select(api_token.c.device_id).where(
            api_token.c.token_hash == hashed,
            api_token.c.device_id.is_not(None),
            api_token.c.revoked_at.is_not(None),
        )
    )
    return sign_in_required() if rows.first() is None else device_ended()


async def _touch_token(session: AsyncSession, hashed: bytes, now: datetime) -> None:
    # Of a crowd with one token the first writes; the others, once it has, find nothing to write.
    await session.execute(
        update(api_token)
        .where(
            api_token.c.token_hash == hashed,
            func.coalesce(api_token.c.last_used_at < now - _TOUCH_TOKEN_EVERY, True),
        )
        .values(last_used_at=now)
    )


async def actor_of_login(session: AsyncSession, login: str) -> Actor:
    """The actor of an account named by an operator on the server itself (command line)."""
    rows = await session.execute(account_columns().where(account.c.login == as_login(login)))
    row = rows.one_or_none()
    if row is None:
        raise sign_in_required()
    return await enter_as(session, row)


async def enter_as(session: AsyncSession, row: Any) -> Actor:
    """Open the row-level scope of an account row for this transaction."""
    actor = actor_of_row(row)
    await enter_again(Scope(session, actor))
    return actor


def actor_of_row(row: Any) -> Actor:
    """From a row of `account_columns`; no scope is opened."""
    return Actor(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        role=row.role,
        language=row.language,
        ward_code=row.ward_code,
        province_code=row.province_code,
        facility_ids=frozenset(row.facilities),
        now=row.now,
        ward_codes=() if row.ward_code is None else (row.ward_code, *(row.other_wards or ())),
    )


def on_device(actor: Actor, row: Any) -> Actor:
    """The actor on the phone that a row's DEVICE_COLUMNS name, if they name any."""
    if row.device_id is None:
        return actor
    device = ActorDevice(id=row.device_id, jkt=row.device_jkt, public_key=row.device_key)
    return msgspec.structs.replace(actor, device=device)


def in_ward(actor: Actor, ward_code: str | None) -> Actor:
    """The actor at work in this ward, if it is one of theirs; else as they were."""
    if ward_code not in actor.ward_codes:
        return actor
    return msgspec.structs.replace(actor, ward_code=ward_code)


@asynccontextmanager
async def without_connection(scope: Scope) -> AsyncIterator[None]:
    """For what waits for its turn, such as a password to be hashed: the connection goes back to the
    others meanwhile. What the transaction did before is committed, and its locks are let go.
    """
    await scope.session.commit()
    try:
        yield
    finally:
        await enter_again(scope)


async def enter_again(scope: Scope) -> None:
    """Open the actor's row-level scope in a new transaction of the same request."""
    await enter_scope(
        scope.session,
        actor=scope.actor.id,
        role=scope.actor.role,
        ward=scope.actor.ward_code,
        facilities=scope.actor.facility_ids,
        # Figures of its wards are the provincial officer's, not the tourism office's.
        province=scope.actor.province_code if scope.actor.role == PROVINCIAL_OFFICER else None,
    )
