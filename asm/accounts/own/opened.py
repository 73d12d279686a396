"""Where an account is signed in: its pages' sessions and its bearer tokens, seen and ended by
whoever they belong to. They have ids; the hashes of their secrets leave the database by no door.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.model import api_token, web_session
from asm.accounts.own.ended import note_ended
from asm.accounts.roles import HOST_ROLES
from asm.accounts.sessions import HOST_IDLE, OFFICER_IDLE
from asm.audit.trail import record
from asm.errors import not_found


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `device`: what kind (`chrome/android`), None where it does not say;
    `current`: the one that asks.
    """

    id: UUID
    device: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool = False


class OpenToken(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token that still opens. `last_used_at`: to the hour, None while it never was."""

    id: UUID
    label: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    current: bool = False


async def sessions_of(scope: Scope, current: bytes | None = None) -> list[OpenSession]:
    """The account's open sessions, the latest used first. `current`: the hash of the one that
    asks.
    """
    idle = HOST_IDLE if scope.actor.role in HOST_ROLES else OFFICER_IDLE
    rows = await scope.session.execute(
        select(
            web_session.c.id,
            web_session.c.device,
            web_session.c.created_at,
            web_session.c.last_seen_at,
            web_session.c.expires_at,
            func.coalesce(web_session.c.token_hash == current, False).label("current"),
        )
        .where(
            web_session.c.account_id == scope.actor.id,
            web_session.c.expires_at > func.clock_timestamp(),
            web_session.c.last_seen_at > func.clock_timestamp() - idle,
        )
        .order_by(web_session.c.last_seen_at.desc(), web_session.c.id)
    )
    return [OpenSession(**row) for row in rows.mappings()]


async def tokens_of(scope: Scope, current: bytes | None = None) -> list[OpenToken]:
    """The account's tokens that still open, the newest first; those of phones are devices."""
    rows = await scope.session.execute(
        select(
            api_token.c.id,
            api_token.c.label,
            api_token.c.created_at,
            api_token.c.last_used_at,
            api_token.c.expires_at,
            func.coalesce(api_token.c.token_hash == current, False).label("current"),
        )
        .where(
            api_token.c.account_id == scope.actor.id,
            api_token.c.device_id.is_(None),
            api_token.c.revoked_at.is_(None),
            api_token.c.expires_at > func.clock_timestamp(),
        )
        .order_by(api_token.c.created_at.desc(), api_token.c.id)
    )
    return [OpenToken(**row) for row in rows.mappings()]


async def end_session(scope: Scope, session_id: UUID) -> None:
    """Sign one browser out. Raises not_found for one that is not the account's, or has ended."""
    done = await scope.session.execute(
        delete(web_session)
        .where(web_session.c.id == session_id, web_session.c.account_id == scope.actor.id)
        .returning(web_session.c.id)
    )
    if done.one_or_none() is None:
        raise not_found("session")
    note_ended(scope.session, scope.actor.id)
    await _record(scope, "account.session_ended", subject_id=session_id)


async def end_sessions(scope: Scope, but: bytes | None = None) -> int:
    """Sign every browser out, `but` the one whose secret has this hash; how many those were."""
    number = await end_sessions_of(scope.session, scope.actor.id, but)
    if number:
        await _record(scope, "account.sessions_ended", number=number)
    return number


async def end_token(scope: Scope, token_id: UUID) -> None:
    """Make a token useless from now on. Raises not_found for one that is not the account's."""
    done = await scope.session.execute(
        update(api_token)
        .where(
            api_token.c.id == token_id,
            api_token.c.account_id == scope.actor.id,
            api_token.c.device_id.is_(None),
            api_token.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.clock_timestamp())
        .returning(api_token.c.id)
    )
    if done.one_or_none() is None:
        raise not_found("token")
    note_ended(scope.session, scope.actor.id)
    await _record(scope, "account.token_ended", subject_id=token_id)


async def end_sessions_of(session: AsyncSession, account_id: UUID, but: bytes | None = None) -> int:
    """As `end_sessions`, for who writes the entry of the trail themselves."""
    ended = delete(web_session).where(web_session.c.account_id == account_id)
    if but is not None:
        ended = ended.where(web_session.c.token_hash != but)
    note_ended(session, account_id)
    return len((await session.execute(ended.returning(web_session.c.id))).all())


async def end_tokens_of(session: AsyncSession, account_id: UUID, but: bytes | None = None) -> int:
    """Make every token of an account useless, `but` the one with this hash. Those of phones end
    with their device (`asm.accounts.devices.end`).
    """
    ended = update(api_token).where(
        api_token.c.account_id == account_id,
        api_token.c.device_id.is_(None),
        api_token.c.revoked_at.is_(None),
    )
    if but is not None:
        ended = ended.where(api_token.c.token_hash != but)
    note_ended(session, account_id)
    done = await session.execute(
        ended.values(revoked_at=func.clock_timestamp()).returning(api_token.c.id)
    )
    return len(done.all())


async def _record(
    scope: Scope, action: str, *, subject_id: UUID | None = None, number: int = 1
) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=scope.actor.ward_code,
        subject_id=subject_id,
        details={"number": number},
    )
