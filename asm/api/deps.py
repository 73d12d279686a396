"""What handlers of the JSON interface ask for: the actor behind a bearer token."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_token, nobody

SCHEME = "bearer "


def bearer_token(request: Request[Any, Any, Any]) -> str:
    """The token of the Authorization header. Raises Unauthenticated.

    Cookies are never looked at here: a page of another site must not be able to declare.
    """
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(SCHEME):
        raise nobody()
    return header[len(SCHEME) :].strip()


async def provide_actor(
    request: Request[Any, Any, Any], session: NamedDependency[AsyncSession]
) -> Actor:
    """Who asks; from here on the database shows this transaction only what is theirs."""
    return await actor_of_token(session, bearer_token(request))
