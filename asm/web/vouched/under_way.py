"""A sign-in or a link that is under way with the identity provider, kept by the browser."""

import base64
import re
from typing import Any, Final

import msgspec
from litestar.datastructures import Cookie, State

from asm.errors import not_found
from asm.identity.oidc import SIGN_IN_S, IdentityProvider, OidcStart
from asm.settings import Settings
from asm.web.page import WebRequest
from asm.web.sign_in import local_path

BACK: Final = "/sign-in/identity/back"
#: The request of an app is a few hundred characters; what is longer is not come back to.
_MOST_BACK: Final = 1500
_STARTED: Final = re.compile(
    r"(sign-in|link)\.([\w-]{43})\.([\w-]{43})\.([\w-]{43})\.([\w-]{0,2000})"
)


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """`back`: where the person was going; `whose`: of an identity that is to be linked, to which
    account; empty to sign in.
    """

    start: OidcStart
    back: str = "/"
    whose: str = ""


def under_way(request: WebRequest, settings: Settings) -> UnderWay | None:
    """What this browser began, if it did."""
    match = _STARTED.fullmatch(request.cookies.get(_name(settings), ""))
    if match is None:
        return None
    start = OidcStart(state=match[2], nonce=match[3], verifier=match[4])
    if match[1] == "link":
        return UnderWay(start=start, whose=match[5])
    return UnderWay(start=start, back=_read(match[5]))


def under_way_cookie(settings: Settings, begun: UnderWay | None) -> Cookie:
    """Ties the answer to the browser that began; None removes it. Lax: the provider sends the
    browser back by a link.
    """
    value = ""
    if begun is not None:
        start = begun.start
        why = ("link", begun.whose) if begun.whose else ("sign-in", _kept(begun.back))
        value = ".".join((why[0], start.state, start.nonce, start.verifier, why[1]))
    return Cookie(
        key=_name(settings),
        value=value,
        path="/",
        max_age=SIGN_IN_S if begun else 0,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def provider_for_hosts(state: State, settings: Settings) -> IdentityProvider:
    """The process's one, as the settings have it; none where they offer it to citizens alone."""
    if not settings.citizens.signs_hosts_in:
        raise not_found("page")
    known: Any = state.get("provider_for_hosts")
    if known is None or known.settings != settings.citizens:
        # The subject is all that is asked for: neither name nor number.
        known = IdentityProvider(settings.citizens, settings.public_url + BACK, scope="openid")
        state.provider_for_hosts = known
    provider: IdentityProvider = known
    return provider


def _kept(back: str) -> str:
    """As letters that no cookie changes."""
    raw = back.encode() if len(back.encode()) <= _MOST_BACK else b"/"
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(kept: str) -> str:
    try:
        return local_path(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode())
    except ValueError:
        return "/"


def _name(settings: Settings) -> str:
    return "__Host-asm-identity" if settings.secure_cookies else "asm-identity"
