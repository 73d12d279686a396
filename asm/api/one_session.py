"""One session for each request, given back whatever becomes of the request."""

import asyncio
from collections.abc import AsyncGenerator

from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.session import transaction

_OPENED = "asm_sessions"


async def provide_session(state: State, scope: Scope) -> AsyncGenerator[AsyncSession]:
    """One transaction for one request. It commits before the answer leaves: when the commit fails,
    the exception replaces the answer.
    """
    async with transaction(state.sessions) as session:
        scope["state"].setdefault(_OPENED, []).append(session)
        yield session


class SessionMiddleware:
    """Closes what the request opened.

    A dependency that raises (nobody has this token) makes Litestar drop the generators that were
    resolved before it: unclosed, they would hold a connection each until the garbage collector
    comes by, and a row of wrong tokens would empty the pool.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            for session in scope.get("state", {}).pop(_OPENED, ()):
                # Also when the client has gone and this task is being cancelled.
                await asyncio.shield(asyncio.create_task(session.close()))
