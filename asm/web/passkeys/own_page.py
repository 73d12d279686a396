"""My passkeys: added, named, removed, with the password typed again first."""

from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.own.step_up import require_step_up
from asm.accounts.passkeys.ceremony import Ceremony, adding_options
from asm.accounts.passkeys.own_passkeys import (
    add_passkey,
    known_credentials,
    name_passkey,
    passkeys_of,
    remove_passkey,
)
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Conflict, Invalid, NotFound, Refusal, TooMany
from asm.headers import Header
from asm.identity.vault.keys import KeyFiles
from asm.settings import Settings
from asm.web.account.step_up_page import require_step_up_of_form
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.passkeys.offered import browser_secret, ceremony, secret_cookie

_SAVED: Final = frozenset({"added", "named", "removed"})


@get("/account/passkeys", include_in_schema=False, opt={"query": ["saved"]})
async def own_passkeys_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
) -> Response[Any]:
    require_step_up(in_scope.actor)
    return await _page(request, in_scope, settings, key_files)


@post("/account/passkeys", include_in_schema=False, status_code=200)
async def add_passkey_page(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    await require_step_up_of_form(request, in_scope.actor)
    form = await request.form()
    label = str(form.get("label", ""))
    asking = _asking(request, in_scope, settings, key_files, browser_secret(request, settings))
    try:
        await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
        await add_passkey(in_scope, asking, str(form.get("answer", "")), label)
    except (Invalid, Conflict, TooMany) as refusal:
        return await _page(request, in_scope, settings, key_files, refusal, label)
    return Redirect("/account/passkeys?saved=added", status_code=303)


@post("/account/passkeys/{passkey_id:uuid}/name", include_in_schema=False, status_code=200)
async def name_passkey_page(
    request: WebRequest,
    passkey_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
) -> Response[Any]:
    await require_step_up_of_form(request, in_scope.actor)
    form = await request.form()
    try:
        await name_passkey(in_scope, passkey_id, str(form.get("label", "")))
    except Invalid as refusal:
        return await _page(request, in_scope, settings, key_files, refusal)
    return Redirect("/account/passkeys?saved=named", status_code=303)


@post("/account/passkeys/{passkey_id:uuid}/remove", include_in_schema=False, status_code=303)
async def remove_passkey_page(
    request: WebRequest, passkey_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await require_step_up_of_form(request, in_scope.actor)
    with suppress(NotFound):  # pressed twice: it is gone
        await remove_passkey(in_scope, passkey_id)
    return Redirect("/account/passkeys?saved=removed", status_code=303)


def _asking(
    request: WebRequest, scope: Scope, settings: Settings, files: KeyFiles, secret: str
) -> Ceremony:
    return ceremony(request, settings, files, secret, f"add to {scope.actor.id}")


async def _page(
    request: WebRequest,
    scope: Scope,
    settings: Settings,
    files: KeyFiles,
    refusal: Refusal | None = None,
    label: str = "",
) -> Response[Any]:
    secret = browser_secret(request, settings)
    asking = _asking(request, scope, settings, files, secret)
    saved = request.query_params.get("saved")
    hosts = asking.party.ids
    options = adding_options(asking, scope.actor, await known_credentials(scope)) if hosts else ""
    answer = page(
        request,
        "account/passkeys.html",
        actor=scope.actor,
        status=refusal.status if refusal else 200,
        form_problems=problems_of_refusal(refusal, {"label": "label"}, "label") if refusal else [],
        saved=saved if saved in _SAVED else None,
        passkeys=await passkeys_of(scope),
        hosts=hosts,
        options=options,
        label=label,
    )
    answer.set_cookie(secret_cookie(settings, secret))
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


HANDLERS = [own_passkeys_page, add_passkey_page, name_passkey_page, remove_passkey_page]
