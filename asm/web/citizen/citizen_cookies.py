"""The citizen's two cookies: of the sign-in, and of one that is under way with the provider.

Apart from an account's session: who works at a desk is no citizen there, and the other way round.
"""

import re
from typing import Final

from litestar.datastructures import Cookie

from asm.citizens.sessions import SESSION_MINUTES
from asm.identity.oidc import SIGN_IN_S, OidcStart
from asm.settings import Settings
from asm.web.page import WebRequest

_STARTED: Final = re.compile(r"([\w-]{43})\.([\w-]{43})\.([\w-]{43})")


def citizen_token(request: WebRequest, settings: Settings) -> str | None:
    """The secret of the citizen's session, if the browser sent one."""
    return request.cookies.get(_name(settings, "asm-citizen"))


def citizen_cookie(settings: Settings, token: str) -> Cookie:
    """Opens the citizen's page for a quarter of an hour; an empty token removes it."""
    seconds = SESSION_MINUTES * 60 if token else 0
    return _cookie(settings, "asm-citizen", token, seconds)


def started_sign_in(request: WebRequest, settings: Settings) -> OidcStart | None:
    """The sign-in that this browser began, if it did."""
    match = _STARTED.fullmatch(request.cookies.get(_name(settings, "asm-oidc"), ""))
    return match and OidcStart(state=match[1], nonce=match[2], verifier=match[3])


def under_way_cookie(settings: Settings, start: OidcStart | None) -> Cookie:
    """Ties the answer to the browser that began; None removes it. Lax: the provider sends the
    browser back by a link.
    """
    value = f"{start.state}.{start.nonce}.{start.verifier}" if start else ""
    return _cookie(settings, "asm-oidc", value, SIGN_IN_S if start else 0)


def _name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.secure_cookies else name


def _cookie(settings: Settings, name: str, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=_name(settings, name),
        value=value,
        path="/",
        max_age=seconds,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
