"""What the links in messages lead to: confirm an address, or leave it. Nobody need be signed in:
whoever reads the messages there may. A mail program that opens links to look at them changes
nothing: only the button does, or the one click that mail programs offer themselves (RFC 8058).
"""

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import not_found
from asm.identity.vault.keys import Keys
from asm.notify.contacts.contacts import follow_link
from asm.notify.contacts.sealed_contact import contact_keys, read_link_token
from asm.web.page import WebRequest, page


@get("/notices/{token:str}", include_in_schema=False)
async def link_page(
    request: WebRequest, token: FromPath[str], keys: NamedDependency[Keys]
) -> Response[Any]:
    link = read_link_token(contact_keys(*keys.files.notify_keys), token)
    if link is None:
        raise not_found("link")
    return page(request, "inbox/link.html", purpose=link[0], token=token, done=False)


@post("/notices/{token:str}", include_in_schema=False, status_code=200)
async def follow(
    request: WebRequest,
    token: FromPath[str],
    keys: NamedDependency[Keys],
    session: NamedDependency[AsyncSession],
) -> Response[Any]:
    link = read_link_token(contact_keys(*keys.files.notify_keys), token)
    if link is None or await follow_link(session, *link) is None:
        raise not_found("link")
    return page(request, "inbox/link.html", purpose=link[0], token=token, done=True)


@get("/notices/{token:str}/one-click", include_in_schema=False)
async def one_click_page(token: FromPath[str]) -> Redirect:
    """Mail programs that open the address instead of posting to it."""
    return Redirect(f"/notices/{token}")


@post("/notices/{token:str}/one-click", include_in_schema=False, status_code=200)
async def one_click(
    token: FromPath[str], keys: NamedDependency[Keys], session: NamedDependency[AsyncSession]
) -> str:
    """Leave, and nothing else: RFC 8058."""
    link = read_link_token(contact_keys(*keys.files.notify_keys), token)
    if link is None or link[0] != "leave" or await follow_link(session, *link) is None:
        raise not_found("link")
    return "OK"


HANDLERS: Final = [link_page, follow, one_click_page, one_click]
