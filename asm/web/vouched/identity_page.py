"""Signing in through the identity provider, and linking one's account to an identity there."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.throttling.known_origins import fresh_device
from asm.accounts.throttling.limits import IDENTITY_BACK
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.accounts.vouched.identities import (
    IdentityKeys,
    link_identity,
    require_may_link,
    sign_in_vouched,
    stepped_up_before,
    unlink_identity,
)
from asm.errors import Conflict, Invalid, Refusal, TooMany, Unauthenticated, Unavailable
from asm.identity.oidc import Vouched
from asm.identity.vault.keys import KeyFiles
from asm.settings import Settings
from asm.web.account.account_page import show_account
from asm.web.account.step_up_page import require_step_up_of_form
from asm.web.cookies import device_of_request
from asm.web.page import WebRequest
from asm.web.page_access import provide_actor
from asm.web.sign_in import SignInForm, let_in, local_path, show_sign_in
from asm.web.vouched.under_way import (
    BACK,
    UnderWay,
    provider_for_hosts,
    under_way,
    under_way_cookie,
)


@get("/sign-in/identity", include_in_schema=False)
async def begin_identity(
    request: WebRequest,
    state: State,
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    next: FromQuery[str] = "/",  # noqa: A002 -- the customary name
) -> Response[Any]:
    back = local_path(next)
    try:
        start = await provider_for_hosts(state, settings).start()
    except Unavailable as refusal:
        return _refused(request, settings, key_files, refusal, back)
    begun = UnderWay(start=start, back=back)
    return Redirect(start.url, status_code=303, cookies=[under_way_cookie(settings, begun)])


@get("/account/identity", include_in_schema=False)
async def begin_link(
    request: WebRequest,
    state: State,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A link, so that the browser may go elsewhere: nothing changes before it comes back."""
    require_may_link(in_scope)
    provider = provider_for_hosts(state, settings)
    try:
        start = await provider.start()
    except Unavailable as refusal:
        return await show_account(request, in_scope, settings, refusal, {"": "identity"})
    begun = UnderWay(start=start, whose=str(in_scope.actor.id))
    return Redirect(start.url, status_code=303, cookies=[under_way_cookie(settings, begun)])


@get(BACK, include_in_schema=False, opt={"query": ["code", "state", "iss", "error",
    "error_description", "error_uri", "session_state"]})  # fmt: skip
async def back_from_identity(
    request: WebRequest,
    state: State,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    key_files: NamedDependency[KeyFiles],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """A code is good once, and so is what the browser kept: it is taken away whatever comes."""
    begun = under_way(request, settings)
    back = begun.back if begun else "/"
    provider = provider_for_hosts(state, settings)
    try:
        counted = await throttle.count_try(IDENTITY_BACK, origin)
        vouched = await provider.finish(begun.start if begun else None, dict(request.query_params))
        keys = IdentityKeys(key_files.notify_keys)
        if begun is not None and begun.whose:
            answer = await _link(request, session, keys, vouched, begun.whose)
            await session.commit()
        else:
            kind = device_of_request(request)
            signed_in = await sign_in_vouched(session, keys, vouched, device=kind)
            await session.commit()
            device = origin.device or fresh_device()
            await throttle.know(origin, signed_in.account_id, device)
            answer = let_in(request, settings, signed_in, device, back)
        await throttle.succeeded(counted)
    except (Invalid, Conflict, TooMany, Unavailable) as refusal:
        answer = _refused(request, settings, key_files, refusal, back)
    answer.set_cookie(under_way_cookie(settings, None))
    return answer


@post("/account/identity/unlink", include_in_schema=False, status_code=303)
async def unlink_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Redirect:
    await require_step_up_of_form(request, in_scope.actor)
    await unlink_identity(in_scope)
    return Redirect("/account?saved=unlinked#identity", status_code=303)


async def _link(
    request: WebRequest,
    session: AsyncSession,
    keys: IdentityKeys,
    vouched: Vouched,
    whose: str,
) -> Response[Any]:
    """Whoever began it must still be there, and have typed the password before they began."""
    try:
        actor = await provide_actor(request, session, request.app.state.settings)
    except Unauthenticated:
        raise Invalid("oidc_refused") from None
    if str(actor.id) != whose or not stepped_up_before(actor):
        raise Invalid("oidc_refused")
    await link_identity(Scope(session, actor), keys, vouched)
    return Redirect("/account?saved=linked#identity", status_code=303)


def _refused(
    request: WebRequest, settings: Settings, files: KeyFiles, refusal: Refusal, back: str
) -> Response[Any]:
    shown = SignInForm(back=back, refusal=refusal, about="identity")
    return show_sign_in(request, settings, files, shown)


PUBLIC_HANDLERS = [begin_identity, back_from_identity]
HANDLERS = [begin_link, unlink_page]
