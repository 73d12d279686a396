"""What handlers of the JSON interface ask for: the actor behind a token."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.accounts.known_hosts import PATIENCE_S
from asm.accounts.sessions import actor_of_token, sign_in_required
from asm.api.dpop.presented import present, require_possession
from asm.db.error_kinds import DATABASE_ERRORS, is_away
from asm.errors import Unauthenticated
from asm.headers import Header
from asm.stays.intake.group_commit import Declare
from asm.stays.receipts.not_taken import Unsent, refuse_unsent
from asm.stays.stay_at import StayAt

SCHEME = "bearer "


def bearer_token(request: Request[Any, Any, Any]) -> str:
    """The secret of a machine that has no account, as `Bearer`. Raises Unauthenticated."""
    header = request.headers.get(Header.AUTHORIZATION, "")
    if not header.lower().startswith(SCHEME):
        raise sign_in_required()
    return header[len(SCHEME) :].strip()


async def provide_actor(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> Actor:
    """Who asks; from here on the database shows this transaction only what is theirs."""
    presented = await present(request.scope)
    try:
        actor = await actor_of_token(
            session, presented.hashed, request.path_params.get("ward_code")
        )
    except Unauthenticated:
        request.app.state.known_tokens.forget(presented.hashed)
        raise
    require_possession(presented, actor)
    return actor


async def provide_changing_actor(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    facility_id: FromPath[UUID],
) -> Actor:
    """Who changes a stay. While the database is away: Unavailable, with the signed proof for who
    was known before. What is proved is the method, the path and the body as they came.
    """
    key = request.headers.get(Header.IDEMPOTENCY_KEY, "")
    sent = f"{request.method} {request.url.path}\n".encode() + await request.body()
    unsent = Unsent(facility_id=facility_id, key=key, body=sent)
    return await sending_actor(request, session, facility_id, unsent)


async def sending_actor(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    facility_id: UUID,
    unsent: Unsent | None,
) -> Actor:
    """`provide_actor` for who sends what is to be stored: with the keys at hand, or the refusal
    that proves it was sent.
    """
    state = request.app.state
    received = state.clock.now()
    presented = await present(request.scope)
    try:
        async with asyncio.timeout(PATIENCE_S):
            actor = await provide_actor(request, session)
            await state.vault.current()
    except DATABASE_ERRORS as error:
        known = state.known_tokens.find(presented.hashed, facility_id)
        if known is None or not is_away(error):
            raise
        require_possession(presented, known)
        raise refuse_unsent(await state.vault.files(), unsent, received) from error
    state.known_tokens.put(presented.hashed, actor)
    return actor


async def provide_scope(
    session: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Scope:
    """What a signed-in handler has in hand that opens nothing sealed: no vault is
    needed. Handlers call it `in_scope`; `scope` is the framework's own word for a request.
    """
    return Scope(session, actor)


async def provide_access(
    session: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    state: State,
) -> Access:
    """What a signed-in handler has in hand that opens what is sealed, or seals it. Keys come after
    the actor: who cannot be asked about is told so first.
    """
    return Access(session, actor, await state.vault.current())


async def provide_stay_at(
    facility_id: FromPath[UUID], stay_id: FromPath[UUID], access: NamedDependency[Access]
) -> StayAt:
    """The stay that the address names."""
    return StayAt(access, facility_id, stay_id)


async def provide_declaring_actor(
    request: Request[Any, Any, Any], state: State, facility_id: FromPath[UUID]
) -> Actor:
    """Who declares, from what was read within seconds: the transaction that stores the stays asks
    the database again. No connection is held.
    """
    presented = await present(request.scope)
    actor: Actor = await state.grants.actor(presented.hashed, facility_id)
    require_possession(presented, actor)
    return actor


async def provide_declare(request: Request[Any, Any, Any], state: State) -> Declare:
    """The way into the database for whoever holds the request's token."""
    presented = await present(request.scope)
    declare: Declare = state.commits.door(state.vault, presented.hashed)
    return declare
