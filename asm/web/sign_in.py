"""Sign in, sign out, choose the language."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.login import SESSION_HOURS, SignedIn, SignInWish, sign_in, sign_out
from asm.accounts.roles import Role
from asm.accounts.throttling.known_origins import fresh_device
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Refusal, TooMany, Unauthenticated
from asm.headers import Header
from asm.identity.vault.keys import KeyFiles
from asm.settings import Settings
from asm.web.cookies import (
    device_cookie,
    device_of_request,
    plain_cookie,
    session_cookie,
    session_token,
)
from asm.web.form_problems import problems_of_refusal
from asm.web.landing import SECTIONS
from asm.web.page import WebRequest, in_chat_browser, page
from asm.web.page_texts import LANGUAGE_COOKIE, LANGUAGES
from asm.web.passkeys.offered import (
    SIGN_IN,
    browser_secret,
    ceremony,
    offered_passkeys,
    secret_cookie,
)


def local_path(text: str | None) -> str:
    """`text` when it leads to a page of ours, else the first page: no one is sent elsewhere."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return "/"


class SignInForm(msgspec.Struct, frozen=True, kw_only=True):
    """The page as it is shown. `back`: where it leads; `refusal`: what was wrong, and `about` which
    of the ways in.
    """

    back: str
    login: str = ""
    refusal: Refusal | None = None
    about: str = "login"


@get("/sign-in", include_in_schema=False)
async def sign_in_page(
    request: WebRequest,
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    next: FromQuery[str] = "/",  # noqa: A002 -- the customary name
) -> Response[Any]:
    return show_sign_in(request, settings, key_files, SignInForm(back=local_path(next)))


@post("/sign-in", include_in_schema=False, status_code=200)
async def open_session(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    login, back = str(form.get("login", "")), local_path(str(form.get("next", "/")))
    device = origin.device or fresh_device()
    wish = SignInWish(
        login=login, password=str(form.get("password", "")), origin=origin, device=device
    )
    try:
        signed_in = await sign_in(session, throttle, wish, device=device_of_request(request))
    except (Unauthenticated, TooMany) as refusal:
        shown = SignInForm(back=back, login=login, refusal=refusal)
        return show_sign_in(request, settings, key_files, shown)
    return let_in(request, settings, signed_in, device, back)


def let_in(
    request: WebRequest, settings: Settings, signed_in: SignedIn, device: str, back: str
) -> Redirect:
    """The answer to who proved who they are: the session, and where they were going."""
    cookies = [
        session_cookie(settings, signed_in.token, SESSION_HOURS * 3600),
        device_cookie(settings, device),
    ]
    if LANGUAGE_COOKIE not in request.cookies:
        cookies.append(plain_cookie(settings, LANGUAGE_COOKIE, signed_in.language))
    return Redirect(own_path(back, signed_in.role), status_code=303, cookies=cookies)


def own_path(back: str, role: Role) -> str:
    """Where they were going; not to where the work of another role begins, which says no to them:
    whoever was signed in here before may have left that behind.
    """
    section = back.partition("?")[0].split("/")[1]
    return "/" if SECTIONS.get(section, role) != role else back


def show_sign_in(
    request: WebRequest, settings: Settings, files: KeyFiles, shown: SignInForm
) -> Response[Any]:
    """The page with the ways in; with what was wrong, and when it was tried too often the wait."""
    refusal = shown.refusal
    secret = browser_secret(request, settings)
    offered = offered_passkeys(ceremony(request, settings, files, secret, SIGN_IN))
    answer = page(
        request,
        "sign_in.html",
        status=_status(refusal),
        next=shown.back,
        login=shown.login,
        form_problems=problems_of_refusal(refusal, {}, shown.about) if refusal else [],
        passkeys=offered,
        identity=settings.citizens.signs_hosts_in,
        in_chat=in_chat_browser(request),
    )
    if offered:
        answer.set_cookie(secret_cookie(settings, secret))
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, TooMany) else 422


@post("/sign-out", include_in_schema=False, status_code=303)
async def close_session(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Redirect:
    token = session_token(request, settings)
    if token:
        await sign_out(session, token)
    return Redirect("/", status_code=303, cookies=[session_cookie(settings, "", 0)])


@post("/language", include_in_schema=False, status_code=303)
async def choose_language(request: WebRequest, settings: NamedDependency[Settings]) -> Redirect:
    form = await request.form()
    language = str(form.get("language", "vi"))
    chosen = language if language in LANGUAGES else "vi"
    return Redirect(
        local_path(str(form.get("next", "/"))),
        status_code=303,
        cookies=[plain_cookie(settings, LANGUAGE_COOKIE, chosen)],
    )


HANDLERS = [sign_in_page, open_session, close_session, choose_language]
