"""One session for each request, given back whatever becomes of the request."""

import asyncio
from collections.abc import AsyncGenerator

from litestar.datastructures import State
from litestar.types import Scope
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.own.ended import ended_in

_OPENED = "asm_sessions"


async def provide_session(state: State, scope: Scope) -> AsyncGenerator[AsyncSession]:
    """One transaction for one request. It commits before the answer leaves: when the commit fails,
    the exception replaces the answer. Whose sign-ins it ended is forgotten by then. Whoever waits
    for something else in between (a file to be parsed, another server) commits first, which gives
    the connection back, and enters the scope again afterwards.

    No generator within this one: when it is dropped (see `close_opened`), the event loop closes
    both at once, and each finds the other at work.
    """
    async with state.sessions() as session:
        scope["state"].setdefault(_OPENED, []).append(session)
        yield session
        await session.commit()
    await forget_ended(state, session)


async def forget_ended(state: State, session: AsyncSession) -> None:
    """Whose sign-ins the session's transaction ended, which is committed, is forgotten here. For
    who commits such an end and then refuses.
    """
    if ended := ended_in(session):
        for known in (state.known_tokens, state.known_desks):
            await known.read_again(ended)


async def close_opened(scope: Scope) -> None:
    """Close what the request opened.

    A dependency that raises (nobody has this token) makes Litestar drop the generators that were
    resolved before it: unclosed, they would hold a connection each until the garbage collector
    comes by, and a row of wrong tokens would empty the pool.
    """
    for session in scope.get("state", {}).pop(_OPENED, ()):
        # Also when the client has gone and this task is being cancelled.
        await asyncio.shield(asyncio.create_task(session.close()))
