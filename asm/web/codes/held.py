"""What a browser holds of a code, and the address that tries are counted by."""

import ipaddress
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from asm.accounts.codes.code_keys import CodeKeys, code_keys
from asm.accounts.codes.use_code import HOLD_MINUTES
from asm.identity.vault.keys import Keys
from asm.settings import Settings

_SIX_PREFIX: Final = 64


def keys_of_codes(keys: Keys) -> CodeKeys:
    """The keys of one-time codes among those of the process."""
    return code_keys(*keys.files.notify_keys)


def client_address(request: Request[Any, Any, Any]) -> str:
    """Who asks, as far as tries are counted: one IPv6 line has a network of its own."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, _SIX_PREFIX), strict=False))


def _name(settings: Settings) -> str:
    return "__Host-asm-code" if settings.secure_cookies else "asm-code"


def held_secret(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The secret by which this browser holds a code, or nothing."""
    return request.cookies.get(_name(settings), "")


def held_cookie(settings: Settings, secret: str) -> Cookie:
    """Hands the browser the code; an empty secret takes it away."""
    return Cookie(
        key=_name(settings),
        value=secret,
        path="/",
        max_age=HOLD_MINUTES * 60 if secret else 0,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
