"""What handlers of the JSON interface ask for: the actor behind a bearer token."""

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.accounts.login import token_hash
from asm.accounts.sessions import actor_of_token, sign_in_required
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.stays.intake.group_commit import Declare
from asm.stays.stay_at import StayAt

SCHEME = "bearer "


def bearer_token(request: Request[Any, Any, Any]) -> str:
    """The token of the Authorization header. Raises Unauthenticated.

    Cookies are never looked at here: a page of another site must not be able to declare.
    """
    header = request.headers.get(Header.AUTHORIZATION, "")
    if not header.lower().startswith(SCHEME):
        raise sign_in_required()
    return header[len(SCHEME) :].strip()


async def provide_actor(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> Actor:
    """Who asks; from here on the database shows this transaction only what is theirs."""
    return await actor_of_token(session, bearer_token(request))


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
    keys: NamedDependency[Keys],
) -> Access:
    """What a signed-in handler has in hand that opens what is sealed, or seals it."""
    return Access(session, actor, keys)


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
    actor: Actor = await state.grants.actor(token_hash(bearer_token(request)), facility_id)
    return actor


async def provide_declare(
    request: Request[Any, Any, Any], state: State, keys: NamedDependency[Keys]
) -> Declare:
    """The way into the database for whoever holds the request's token."""
    declare: Declare = state.commits.door(keys, token_hash(bearer_token(request)))
    return declare
