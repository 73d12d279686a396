"""What a browser holds of a code."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from asm.accounts.codes.code_keys import CodeKeys, code_keys
from asm.accounts.codes.use_code import HOLD_MINUTES
from asm.identity.vault.keys import Keys
from asm.settings import Settings


def keys_of_codes(keys: Keys) -> CodeKeys:
    """The keys of one-time codes among those of the process."""
    return code_keys(*keys.files.notify_keys)


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
