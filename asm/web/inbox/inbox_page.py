"""The inbox: a page that needs no script, and a stream that keeps its mark fresh for scripts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage

from asm.accounts.access import Scope
from asm.accounts.login import token_hash
from asm.accounts.sessions import actor_of_session, sign_in_required
from asm.notify.channels.inbox.read_inbox import PAGE_SIZE, mark_read, read_inbox
from asm.notify.channels.inbox.watch import InboxWatch
from asm.notify.messages.texts import inbox_text
from asm.settings import Settings
from asm.stays.queries import LAST_PAGE
from asm.web.cookies import session_token
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of

#: How long a browser waits before it comes back after a stream has ended.
_COME_BACK_MS = 4000


@get("/inbox", include_in_schema=False)
async def inbox_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    messages = await read_inbox(in_scope.session, in_scope.actor.id, number)
    language = language_of(request)
    return page(
        request,
        "inbox/inbox.html",
        actor=in_scope.actor,
        messages=[
            {"stored": message, "text": inbox_text(message.topic, message.facts, language)}
            for message in messages[:PAGE_SIZE]
        ],
        number=number,
        more=len(messages) > PAGE_SIZE,
    )


@post("/inbox/read", include_in_schema=False, status_code=200)
async def mark_inbox_read(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    """Mark one message read and go where it leads, or mark all."""
    form = await request.form()
    message_id = _id(str(form.get("id", "")))
    await mark_read(
        in_scope.session,
        in_scope.actor.id,
        in_scope.actor.now,
        None if message_id is None else [message_id],
    )
    return Redirect("/inbox", status_code=303)


@get("/inbox/events", include_in_schema=False)
async def inbox_events(request: WebRequest, state: State) -> ServerSentEvent:
    """The number of unread messages, now and when it changes. Not a sign of life of the person;
    it ends with the session.
    """
    settings: Settings = state["settings"]
    token = session_token(request, settings)
    if not token:
        raise sign_in_required()
    # A session of its own, closed before the stream begins: no connection waits with it.
    async with state.sessions() as session:
        actor = await actor_of_session(session, token, touch=False)
    return ServerSentEvent(_counts(state.inbox_watch, actor.id, token_hash(token)))


async def _counts(
    watch: InboxWatch, account_id: UUID, opened_by: bytes
) -> AsyncIterator[ServerSentEventMessage]:
    try:
        async for count in watch.stream(account_id, opened_by):
            yield ServerSentEventMessage(event="unread", data=str(count), retry=_COME_BACK_MS)
    except asyncio.CancelledError:
        # The page was left.
        return


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
