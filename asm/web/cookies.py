"""The cookies: of the session and of the device, opaque, server-side, out of reach of scripts."""

import re
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from asm.accounts.own.device import device_of
from asm.accounts.throttling.known_origins import KNOWN_DEVICE_DAYS
from asm.headers import Header
from asm.settings import Settings

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


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


def device_cookie_name(settings: Settings) -> str:
    """As the session's: no other host, and no script, can plant one."""
    return "__Host-asm-device" if settings.secure_cookies else "asm-device"


def device_token(request: Request[Any, Any, Any], settings: Settings) -> str | None:
    """The secret by which we know this browser again, if it sent one that looks like ours."""
    token = request.cookies.get(device_cookie_name(settings), "")
    return token if _SECRET.fullmatch(token) else None


def device_cookie(settings: Settings, token: str) -> Cookie:
    """The cookie that lets a browser be known again. It opens nothing: failed sign-ins of strangers
    do not count against whoever has it.
    """
    return Cookie(
        key=device_cookie_name(settings),
        value=token,
        path="/",
        max_age=KNOWN_DEVICE_DAYS * 24 * 3600,
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


def device_of_request(request: Request[Any, Any, Any]) -> str | None:
    """What kind of device the browser says it runs on (`asm.accounts.own.device`)."""
    return device_of(request.headers.get(Header.USER_AGENT, ""))
