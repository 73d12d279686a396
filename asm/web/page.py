"""Answer with a page."""

import re
from typing import Any, Final

from litestar import Request
from litestar.response import Template

from asm.accounts.actor import Actor
from asm.accounts.login import token_hash
from asm.headers import Header
from asm.web.cookies import session_token
from asm.web.page_texts import language_of

WebRequest = Request[Any, Any, Any]
#: Browsers inside chat programs keep no cookies between two taps.
_IN_CHAT: Final = re.compile(r"Zalo|FBAN|FBAV|Messenger|Instagram|Line/|MicroMessenger|Viber")


def seems_signed_in(request: WebRequest) -> bool:
    """For a page that asks for no account, so that it opens while the database is away."""
    return session_token(request, request.app.state.settings) is not None


def known_reader(request: WebRequest) -> Actor | None:
    """Whose page it is as far as this process knows without the database, which may be away. For
    the page's head; it opens nothing.
    """
    token = session_token(request, request.app.state.settings)
    if token is None:
        return None
    known: Actor | None = request.app.state.known_desks.whose(token_hash(token))
    return known


def in_chat_browser(request: WebRequest) -> bool:
    """Whether the page is opened inside a chat program."""
    return _IN_CHAT.search(request.headers.get(Header.USER_AGENT, "")) is not None


def wants_part(request: WebRequest) -> bool:
    """Whether htmx asks, and so needs the changed part alone."""
    return request.headers.get(Header.HX_REQUEST) == "true"


def page(
    request: WebRequest,
    template: str,
    *,
    actor: Actor | None = None,
    status: int = 200,
    **context: Any,
) -> Template:
    """Render `template` for the reader's language and role."""
    return Template(
        template,
        context={"language": language_of(request), "actor": actor, **context},
        status_code=status,
        media_type="text/html",
    )
