"""The session cookie: opaque, server-side, out of reach of scripts."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from asm.settings import Settings


def session_cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host over https; browsers refuse it over plain http."""
    return "__Host-asm" if settings.secure_cookies else "asm"


def session_token(request: Request[Any, Any, Any], settings: Settings) -> str | None:
    """The session secret that the browser sent, if any."""
    return request.cookies.get(session_cookie_name(settings))


def session_cookie(settings: Settings, token: str, seconds: int) -> Cookie:
    """The cookie that opens a session; `seconds=0` removes it."""
    return Cookie(
        key=session_cookie_name(settings),
        value=token,
        path="/",
        max_age=seconds,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def plain_cookie(settings: Settings, name: str, value: str) -> Cookie:
    """A choice of this device (the language), kept for a year."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=365 * 24 * 3600,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
