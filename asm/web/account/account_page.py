"""My account: who I am here, where I am signed in, my password, and the end of it."""

from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.devices.listed import devices_of
from asm.accounts.login import token_hash
from asm.accounts.own.change_own import (
    PasswordChange,
    change_profile,
    change_sign_in_name,
    own_sign_in_name,
)
from asm.accounts.own.device import device_name
from asm.accounts.own.opened import end_session, end_sessions, end_token, sessions_of, tokens_of
from asm.accounts.passkeys.own_passkeys import passkeys_of
from asm.accounts.roles import HOST_ROLES
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.accounts.vouched.identities import linked_since, may_link
from asm.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, TooMany
from asm.headers import Header
from asm.notify.change_own_password import change_own_password
from asm.notify.channels.available import available_channels
from asm.notify.close_own import close_own_account
from asm.notify.contacts.contacts import contacts_of
from asm.settings import Settings
from asm.web.cookies import plain_cookie, session_cookie, session_token
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import LANGUAGE_COOKIE

_SAVED: Final = frozenset(
    {"profile", "name", "password", "ended", "contacts", "linked", "unlinked"}
)
_REFUSALS: Final = (Invalid, Conflict, NotAllowed, TooMany)


@get("/account", include_in_schema=False, opt={"query": ["saved"]})
async def account_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    return await show_account(request, in_scope, settings)


@post("/account", include_in_schema=False, status_code=200)
async def change_own_profile(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    form = await request.form()
    name, language = str(form.get("display_name", "")), str(form.get("language", ""))
    try:
        await change_profile(in_scope, name, language)
    except Invalid as refusal:
        return await show_account(request, in_scope, settings, refusal, {}, display_name=name)
    cookie = plain_cookie(settings, LANGUAGE_COOKIE, language)
    return Redirect("/account?saved=profile", status_code=303, cookies=[cookie])


@post("/account/sign-in-name", include_in_schema=False, status_code=200)
async def change_own_sign_in_name(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    typed = str(form.get("sign_in_name", ""))
    try:
        await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
        await change_sign_in_name(in_scope, typed, str(form.get("name_password", "")))
    except _REFUSALS as refusal:
        fields = {"current": "name_password"}
        return await show_account(request, in_scope, settings, refusal, fields, sign_in_name=typed)
    return Redirect("/account?saved=name", status_code=303)


@post("/account/password", include_in_schema=False, status_code=200)
async def change_password_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    change = PasswordChange(
        current=str(form.get("current", "")),
        new=str(form.get("new", "")),
        end_tokens=form.get("end_tokens") == "1",
    )
    try:
        await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
        await change_own_password(
            in_scope, change, _opened_by(request, settings), throttle.origin_hashes(origin)
        )
    except _REFUSALS as refusal:
        return await show_account(request, in_scope, settings, refusal, {})
    return Redirect("/account?saved=password", status_code=303)


@post("/account/sessions/{session_id:uuid}/end", include_in_schema=False, status_code=303)
async def end_session_page(
    session_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    return await _ended(end_session(in_scope, session_id))


@post("/account/sessions/end", include_in_schema=False, status_code=303)
async def end_sessions_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Redirect:
    return await _ended(end_sessions(in_scope, _opened_by(request, settings)))


@post("/account/tokens/{token_id:uuid}/end", include_in_schema=False, status_code=303)
async def end_token_page(token_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    return await _ended(end_token(in_scope, token_id))


@post("/account/close", include_in_schema=False, status_code=200)
async def close_account_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    try:
        await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
        await close_own_account(in_scope, str(form.get("close_password", "")))
    except _REFUSALS as refusal:
        fields = {"current": "close_password", "": "close_password"}
        return await show_account(request, in_scope, settings, refusal, fields)
    cookie = session_cookie(settings, "", 0)
    return Redirect("/?closed=1", status_code=303, cookies=[cookie])


async def _ended(work: Awaitable[object]) -> Redirect:
    with suppress(NotFound):  # pressed twice, or ended elsewhere meanwhile: it has ended
        await work
    return Redirect("/account?saved=ended#sessions", status_code=303)


def _opened_by(request: WebRequest, settings: Settings) -> bytes:
    return token_hash(session_token(request, settings) or "")


async def show_account(
    request: WebRequest,
    scope: Scope,
    settings: Settings,
    refusal: Refusal | None = None,
    fields: dict[str, str] | None = None,
    **typed: str,
) -> Response[Any]:
    """The page; with `refusal`, beside the inputs that `fields` names for its pointers."""
    form_problems = _problems(refusal, fields or {})
    saved = request.query_params.get("saved")
    current = _opened_by(request, settings)
    answer = page(
        request,
        "account/account.html",
        actor=scope.actor,
        status=refusal.status if refusal else 200,
        form_problems=form_problems,
        saved=saved if saved in _SAVED else None,
        hosting=scope.actor.role in HOST_ROLES,
        sign_in_name=typed.get("sign_in_name", await own_sign_in_name(scope) or ""),
        display_name=typed.get("display_name", scope.actor.display_name),
        address=typed.get("address", ""),
        sessions=[(each, device_name(each.device)) for each in await sessions_of(scope, current)],
        tokens=await tokens_of(scope),
        devices=[(each, device_name(each.kind)) for each in await devices_of(scope)],
        passkeys=await passkeys_of(scope),
        identity_offered=settings.citizens.signs_hosts_in and may_link(scope.actor.role),
        linked_since=await linked_since(scope),
        contacts=await contacts_of(scope.session, scope.actor.id),
        reached=available_channels(settings.notify),
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def _problems(refusal: Refusal | None, fields: dict[str, str]) -> list[FormProblem]:
    if refusal is None:
        return []
    names = {name: name for name in ("display_name", "language", "sign_in_name", "current", "new")}
    other = fields.get("", fields.get("current", "current"))
    return problems_of_refusal(refusal, names | fields, other)
