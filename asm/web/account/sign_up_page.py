"""A host opens an account, and what they agree to by it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.login import SESSION_HOURS, sign_in_new
from asm.accounts.own.sign_up import TERMS_SINCE, TERMS_VERSION, SignUp
from asm.accounts.throttling.known_origins import fresh_device
from asm.accounts.throttling.limits import SIGN_UP
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.db.base import new_id
from asm.errors import Conflict, Invalid, Refusal, TooMany
from asm.headers import Header
from asm.identity.vault.keys import Keys
from asm.notify.channels.available import available_channels
from asm.notify.contacts.first_contacts import sign_up_host
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import Settings
from asm.web.cookies import device_cookie, device_of_request, session_cookie
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, known_reader, page, seems_signed_in
from asm.web.page_texts import language_of

_FIELDS: Final = {
    name: name for name in ("sign_in_name", "display_name", "role", "password", "email")
} | {"terms_version": "terms"}
#: A password is never sent back.
_SHOWN_AGAIN: Final = ("sign_in_name", "display_name", "email", "role", "terms")


@get("/sign-up", include_in_schema=False)
async def sign_up_page(request: WebRequest, settings: NamedDependency[Settings]) -> Response[Any]:
    return _page(request, {}, None, by_mail=bool(settings.notify.smtp_url))


@post("/sign-up", include_in_schema=False, status_code=200)
async def sign_up(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    keys: NamedDependency[Keys],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await throttle.count_try(SIGN_UP, origin)
        opened = await sign_up_host(
            session,
            contact_keys(*keys.files.notify_keys),
            _wish(form, language_of(request)),
            available_channels(settings.notify),
            origin.network,
        )
    except (Invalid, Conflict, TooMany) as refusal:
        return _page(request, form, refusal, by_mail=bool(settings.notify.smtp_url))
    signed_in = await sign_in_new(session, opened.id, device=device_of_request(request))
    # What is known of an account refers to it: it must be there for all.
    await session.commit()
    device = origin.device or fresh_device()
    await throttle.know(origin, opened.id, device)
    return Redirect(
        "/facilities/new?welcome=1",
        status_code=303,
        cookies=[
            session_cookie(settings, signed_in.token, SESSION_HOURS * 3600),
            device_cookie(settings, device),
        ],
    )


@get("/terms", include_in_schema=False)
async def terms_page(request: WebRequest) -> Response[Any]:
    return page(
        request,
        "account/terms.html",
        actor=known_reader(request),
        known=seems_signed_in(request),
        version=TERMS_VERSION,
        since=TERMS_SINCE,
    )


def _wish(form: Mapping[str, str], language: str) -> SignUp:
    try:
        key = UUID(form.get("key", ""))
    except ValueError:
        key = new_id()
    return SignUp(
        key=key,
        sign_in_name=form.get("sign_in_name", ""),
        display_name=form.get("display_name", ""),
        role=form.get("role", ""),
        password=form.get("password", ""),
        terms_version=TERMS_VERSION if form.get("terms") == "1" else "",
        email=form.get("email", "").strip() or None,
        language=language,
    )


def _page(
    request: WebRequest, form: Mapping[str, str], refusal: Refusal | None, *, by_mail: bool
) -> Response[Any]:
    answer = page(
        request,
        "account/sign_up.html",
        by_mail=by_mail,
        status=refusal.status if refusal else 200,
        form={name: form.get(name, "") for name in _SHOWN_AGAIN},
        # A form that was used up is begun anew.
        key=new_id() if refusal is None or refusal.code == "form_used" else form.get("key", ""),
        form_problems=problems_of_refusal(refusal, _FIELDS, "sign_in_name") if refusal else [],
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer
