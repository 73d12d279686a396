"""How a citizen signs in: by a paper's number and a receipt's, or through the identity provider."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.throttling.limits import CITIZEN, CITIZEN_BACK
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.citizens.sessions import (
    ReceiptSignIn,
    receipt_as_printed,
    sign_citizen_out,
    sign_in_by_identity,
    sign_in_by_receipt,
)
from asm.errors import Invalid, Refusal, TooMany, Unavailable, not_found
from asm.headers import Header
from asm.identity.oidc import IdentityProvider
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.citizen.citizen_cookies import (
    citizen_cookie,
    citizen_token,
    started_sign_in,
    under_way_cookie,
)
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page

BACK: Final = "/mine/oidc/back"
_FIELDS: Final = ("kind", "number", "nationality", "receipt")
_INPUTS: Final = {name: name for name in _FIELDS}


@get("/mine/sign-in", include_in_schema=False)
async def citizen_sign_in_page(
    request: WebRequest, settings: NamedDependency[Settings]
) -> Response[Any]:
    return _page(request, settings, {})


@post("/mine/sign-in", include_in_schema=False, status_code=200)
async def open_by_receipt(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in _FIELDS}
    try:
        # By the receipt: who found one does not try out whose it is.
        subject = receipt_as_printed(typed["receipt"]) or "no receipt"
        counted = await throttle.count_try(CITIZEN, origin, subject)
        token = await sign_in_by_receipt(session, keys, ReceiptSignIn(**typed))
        await _end_former(request, session, settings)
    except (Invalid, TooMany) as refusal:
        return _page(request, settings, typed, refusal)
    await session.commit()
    await throttle.succeeded(counted)
    return Redirect("/mine", status_code=303, cookies=[citizen_cookie(settings, token)])


@get("/mine/oidc", include_in_schema=False)
async def begin_oidc(
    request: WebRequest, state: State, settings: NamedDependency[Settings]
) -> Response[Any]:
    try:
        start = await _provider(state, settings).start()
    except Unavailable as refusal:
        return _page(request, settings, {}, refusal)
    return Redirect(start.url, status_code=303, cookies=[under_way_cookie(settings, start)])


@get(BACK, include_in_schema=False, opt={"query": ["code", "state", "iss", "error",
    "error_description", "error_uri", "session_state"]})  # fmt: skip
async def back_from_oidc(
    request: WebRequest,
    state: State,
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """A code is good once, and so is what the browser kept: it is taken away whatever comes."""
    started = started_sign_in(request, settings)
    try:
        provider = _provider(state, settings)
        counted = await throttle.count_try(CITIZEN_BACK, origin)
        vouched = await provider.finish(started, dict(request.query_params))
        number = await provider.personal_number(vouched)
        token = await sign_in_by_identity(session, keys, number)
        await _end_former(request, session, settings)
    except (Invalid, TooMany, Unavailable) as refusal:
        answer = _page(request, settings, {}, refusal)
        answer.set_cookie(under_way_cookie(settings, None))
        return answer
    await session.commit()
    await throttle.succeeded(counted)
    cookies = [citizen_cookie(settings, token), under_way_cookie(settings, None)]
    return Redirect("/mine", status_code=303, cookies=cookies)


@post("/mine/sign-out", include_in_schema=False, status_code=303)
async def citizen_sign_out(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Redirect:
    token = citizen_token(request, settings)
    if token:
        await sign_citizen_out(session, token)
    return Redirect("/mine/sign-in", status_code=303, cookies=[citizen_cookie(settings, "")])


async def _end_former(request: WebRequest, session: AsyncSession, settings: Settings) -> None:
    """Whoever comes ends the sign-in that this browser had: of a receipt, or of somebody else."""
    former = citizen_token(request, settings)
    if former:
        await sign_citizen_out(session, former)


def _provider(state: State, settings: Settings) -> IdentityProvider:
    """The process's one, as the settings have it; none where they name no provider."""
    if not settings.citizens.issuer:
        raise not_found("page")
    known: IdentityProvider | None = state.get("identity_provider")
    if known is None or known.settings != settings.citizens:
        known = IdentityProvider(settings.citizens, settings.public_url + BACK)
        state.identity_provider = known
    return known


def _page(
    request: WebRequest,
    settings: Settings,
    typed: dict[str, str],
    refusal: Refusal | None = None,
) -> Response[Any]:
    answer = page(
        request,
        "citizen/sign_in.html",
        status=refusal.status if refusal else 200,
        form_problems=problems_of_refusal(refusal, _INPUTS, "receipt") if refusal else [],
        typed=dict.fromkeys(_FIELDS, "") | typed,
        oidc=bool(settings.citizens.issuer),
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


HANDLERS = [
    citizen_sign_in_page,
    open_by_receipt,
    begin_oidc,
    back_from_oidc,
    citizen_sign_out,
]
