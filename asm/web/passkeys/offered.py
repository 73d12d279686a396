"""Passkeys as a page offers them: what the browser is to sign, bound to it by a cookie."""

import re
import secrets
from typing import Final

import msgspec
from litestar.datastructures import Cookie

from asm.accounts.passkeys.ceremony import Ceremony, sign_in_options
from asm.accounts.passkeys.challenges import Challenges
from asm.accounts.passkeys.relying_party import relying_party
from asm.identity.vault.keys import KeyFiles
from asm.settings import Settings
from asm.web.page import WebRequest

SIGN_IN: Final = "sign in"
#: The cookie outlives the challenge: a page that was left open gets a new one by itself.
_COOKIE_S: Final = 12 * 3600
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class OfferedPasskeys(msgspec.Struct, frozen=True, kw_only=True):
    """Passkeys of one host. `options`: what the browser is given; `former`: of a host that the
    pages were at before, None for the present one.
    """

    options: str
    former: str | None


def browser_secret(request: WebRequest, settings: Settings) -> str:
    """By which this browser is known to have been given a challenge; a fresh one at first."""
    secret = request.cookies.get(_name(settings), "")
    return secret if _SECRET.fullmatch(secret) else secrets.token_urlsafe(32)


def secret_cookie(settings: Settings, secret: str) -> Cookie:
    """Keeps it."""
    return Cookie(
        key=_name(settings),
        value=secret,
        path="/",
        max_age=_COOKIE_S,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def ceremony(
    request: WebRequest, settings: Settings, files: KeyFiles, secret: str, purpose: str
) -> Ceremony:
    """For this browser, purpose and moment."""
    return Ceremony(
        party=relying_party(settings.passkey_hosts, settings.public_url),
        challenges=Challenges(files.form, secret, purpose),
        now=request.app.state.clock.now(),
    )


def offered_passkeys(asking: Ceremony) -> list[OfferedPasskeys]:
    """For the page where one signs in: the present host's first."""
    return [
        OfferedPasskeys(options=sign_in_options(asking, rp_id), former=rp_id if number else None)
        for number, rp_id in enumerate(asking.party.ids)
    ]


def _name(settings: Settings) -> str:
    return "__Host-asm-passkey" if settings.secure_cookies else "asm-passkey"
