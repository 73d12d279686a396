"""The authorization endpoint: who is signed in here gives an app a code for the phone.

1. The request is read; a wrong app or address ends on a page here.
2. Who is not signed in signs in first, and comes back to the same request.
3. The app of this installation gets its code at once. Another app gets it when its person said so,
   in a form that no other site can send.
"""

from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.devices.sign_in_code import issue_code, require_host
from asm.accounts.login import sign_out
from asm.accounts.throttling.limits import DEVICE_CODE
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.json_body import NUL
from asm.errors import Invalid, Unauthenticated
from asm.headers import Header
from asm.settings import Settings
from asm.web.cookies import device_of_request, session_cookie, session_token
from asm.web.oauth.sign_in_request import SentBack, SignInRequest, read_request
from asm.web.page import WebRequest, page
from asm.web.page_headers import CONTENT_POLICY

PATH = "/oauth/authorize"


def to_sign_in(request: WebRequest, _: Exception) -> Response[Any]:
    """Who is not signed in comes back to the same request."""
    back = quote(f"{request.url.path}?{request.url.query}", safe="")
    return Redirect(f"/sign-in?next={back}", status_code=303)


def to_app(_: WebRequest, sent_back: SentBack) -> Response[Any]:
    """The app is told what was wrong with its request."""
    return Redirect(sent_back.url, status_code=303)


_HANDLED: dict[int | type[Exception], Any] = {Unauthenticated: to_sign_in, SentBack: to_app}


@get(PATH, include_in_schema=False, exception_handlers=_HANDLED)
async def authorize_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    wanted = _wanted(request, settings)
    require_host(in_scope)
    if wanted.asks:
        return _ask(request, in_scope, wanted)
    return await _give_code(in_scope, wanted, throttle, origin)


@post(PATH, include_in_schema=False, status_code=303, exception_handlers=_HANDLED)
async def answer_app(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    wanted = _wanted(request, settings)
    answer = str((await request.form()).get("answer", ""))
    if answer == "other":
        await sign_out(in_scope.session, session_token(request, settings) or "")
        leaving = to_sign_in(request, Unauthenticated("sign_in_required"))
        leaving.cookies = [session_cookie(settings, "", 0)]
        return leaving
    require_host(in_scope)
    if answer != "allow":
        return Redirect(wanted.answer(error="access_denied"), status_code=303)
    return await _give_code(in_scope, wanted, throttle, origin)


def _wanted(request: WebRequest, settings: Settings) -> SignInRequest:
    pairs = [(name, value) for name, value in request.query_params.multi_items()]
    if any(NUL in value for _, value in pairs):
        raise Invalid("sign_in_request", text="sign_in_request.client")
    return read_request(pairs, settings, device_of_request(request))


def _ask(request: WebRequest, scope: Scope, wanted: SignInRequest) -> Response[Any]:
    answer = page(
        request,
        "oauth/authorize.html",
        actor=scope.actor,
        app_name=wanted.app_name,
        built_in=wanted.built_in,
        label=wanted.wish.label,
        again=f"{PATH}?{request.url.query}",
    )
    # Browsers hold the answer to a form to the same rule as the form.
    allowed = f"form-action 'self' {wanted.form_target}"
    answer.headers[Header.CONTENT_SECURITY_POLICY] = CONTENT_POLICY.replace(
        "form-action 'self'", allowed
    )
    return answer


async def _give_code(
    scope: Scope, wanted: SignInRequest, throttle: Throttle, origin: RequestOrigin
) -> Response[Any]:
    await throttle.count_try(DEVICE_CODE, origin, str(scope.actor.id))
    code = await issue_code(scope, wanted.wish)
    return Redirect(wanted.answer(code=code), status_code=303)


HANDLERS = [authorize_page, answer_app]
