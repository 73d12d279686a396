"""What a code is for, and doing it: the one that holds it fills in a form, and only the form that
is right spends the code.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.codes.use_code import HeldCode, held_code, spend_code
from asm.accounts.login import SESSION_HOURS, SignedIn, sign_in_new, sign_out
from asm.accounts.own.sign_up import TERMS_VERSION, SignUp
from asm.accounts.passwords import turn_in_network
from asm.accounts.replace_password import account_to_change, record_own, replace_password
from asm.accounts.roles import LANDLORD
from asm.accounts.sessions import actor_of_session
from asm.accounts.throttling.known_origins import fresh_device
from asm.accounts.throttling.limits import CODE_FORM
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.db.base import NO_FACILITY, new_id
from asm.db.rls import enter_scope
from asm.errors import Conflict, Invalid, NotAllowed, Refusal, TooMany, Unauthenticated
from asm.facilities.facility import Facility
from asm.facilities.people.invitations import (
    facility_of_code,
    hold_to_join,
    join_as_new,
    join_by_code,
)
from asm.identity.vault.keys import Keys
from asm.notify.channels.available import available_channels
from asm.notify.contacts.first_contacts import checked_sign_up, open_host
from asm.notify.contacts.sealed_contact import contact_keys
from asm.notify.messages.account_messages import post_password_changed
from asm.settings import Settings
from asm.web.codes.enter_page import use_path
from asm.web.codes.held import held_cookie, held_secret
from asm.web.cookies import device_cookie, device_of_request, session_cookie, session_token
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of
from asm.web.sign_in import local_path, own_path

_INPUTS: Final = {
    "sign_in_name": "login", "display_name": "display_name", "password": "password",
    "terms_version": "terms",
}  # fmt: skip


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is about: the code, its facility, who is signed in, and where they were going
    (`back`; the first page: nowhere).
    """

    held: HeldCode
    facility: Facility | None
    actor: Actor | None
    back: str


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came with the form: the secret by which this browser holds the code, and the inputs."""

    secret: str
    form: dict[str, str]
    network: str
    device: str | None
    language: str

    def __repr__(self) -> str:
        return "_Sent(…)"


@get("/codes/use", include_in_schema=False)
async def use_page(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    next: FromQuery[str] = "/",  # noqa: A002 -- the customary name
) -> Response[Any]:
    shown = await _shown(request, session, settings, local_path(next))
    if shown is None:
        return Redirect("/codes", status_code=303)
    return _page(request, shown)


@post("/codes/use", include_in_schema=False, status_code=200)
async def use_code(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    keys: NamedDependency[Keys],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """Spend the code. Whatever is wrong with the form, the code stays good."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    shown = await _shown(request, session, settings, local_path(form.get("next")))
    if shown is None:
        return Redirect("/codes", status_code=303)
    sent = _Sent(
        secret=held_secret(request, settings),
        form=form,
        network=origin.network,
        device=device_of_request(request),
        language=language_of(request),
    )
    try:
        # By the code, however often it is typed again.
        await throttle.count_try(CODE_FORM, origin, str(shown.held.id))
        opened = await _spend(session, shown, sent, keys, settings)
    except (Invalid, Conflict, NotAllowed, TooMany) as refusal:
        return _page(request, shown, form, refusal)
    cookies = [held_cookie(settings, "")]
    if opened is not None:
        # What is known of an account refers to it: it must be there for all.
        await session.commit()
        device = origin.device or fresh_device()
        await throttle.know(origin, opened.account_id, device)
        cookies += [
            session_cookie(settings, opened.token, SESSION_HOURS * 3600),
            device_cookie(settings, device),
        ]
    back = shown.back if opened is None else own_path(shown.back, opened.role)
    leads = _next_page(shown.held) if back == "/" else back
    return Redirect(leads, status_code=303, cookies=cookies)


@post("/codes/use/other", include_in_schema=False, status_code=303)
async def use_other_account(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Redirect:
    """Whoever is signed in here goes; the browser keeps the code."""
    form = await request.form()
    token = session_token(request, settings)
    if token:
        await sign_out(session, token)
    leads = use_path(local_path(str(form.get("next", "/"))))
    return Redirect(leads, status_code=303, cookies=[session_cookie(settings, "", 0)])


async def _set_password(
    session: AsyncSession, held: HeldCode, account_id: UUID, sent: _Sent
) -> SignedIn:
    """Set the account's password and let this browser in."""
    changed = await account_to_change(session, account_id)
    # Hashing may wait for its turn: no connection is held meanwhile.
    await session.commit()
    hashed = await changed.hashed(sent.form.get("password", ""), turn_in_network(sent.network))
    async with session.begin_nested():
        # The account before its codes, as whoever ends either does.
        await replace_password(session, changed, hashed)
        await spend_code(session, sent.secret, account_id)
        await enter_scope(session, actor=account_id, role="", ward=None, facilities=())
        # Who sets the first password is not alarmed by it: nobody could sign in before.
        if held.purpose == "reset_password":
            await post_password_changed(session, account_id)
        return await sign_in_new(session, account_id, device=sent.device)


async def _spend(
    session: AsyncSession, shown: _Shown, sent: _Sent, keys: Keys, settings: Settings
) -> SignedIn | None:
    """Do what the code is for; the new page session, where one begins."""
    held = shown.held
    if held.sets_password and held.account_id is not None:
        return await _set_password(session, held, held.account_id, sent)
    if shown.actor is None:
        return await _open_account(session, held, sent, keys, settings)
    async with session.begin_nested():
        await _join(session, held, shown.actor, sent)
    return None


async def _join(session: AsyncSession, held: HeldCode, actor: Actor, sent: _Sent) -> None:
    """Join a house with the account that is signed in."""
    if held.purpose == "open_account":
        raise Conflict("code_opens_account")
    await hold_to_join(session, actor.id, held.facility_id)
    # Before joining: a ward's code makes an owner only of a house that has none.
    await spend_code(session, sent.secret, actor.id)
    await join_by_code(Scope(session, actor), held)


async def _open_account(
    session: AsyncSession, held: HeldCode, sent: _Sent, keys: Keys, settings: Settings
) -> SignedIn:
    """As at sign-up: nothing tells whether somebody uses the name."""
    wish = SignUp(
        key=new_id(),
        sign_in_name=sent.form.get("login", ""),
        display_name=sent.form.get("display_name", ""),
        role=held.role or LANDLORD,
        password=sent.form.get("password", ""),
        terms_version=TERMS_VERSION if "terms" in sent.form else "",
        language=sent.language,
    )
    contacts = contact_keys(*keys.files.notify_keys)
    hashed = await checked_sign_up(session, wish, sent.network)
    async with session.begin_nested():
        opened = await open_host(session, contacts, hashed, available_channels(settings.notify))
        await spend_code(session, sent.secret, opened.id)
        await record_own(session, opened.id, "account.opened_by_code")
        await join_as_new(session, opened.id, held)
        return await sign_in_new(session, opened.id, device=sent.device)


async def _shown(
    request: WebRequest, session: AsyncSession, settings: Settings, back: str
) -> _Shown | None:
    secret = held_secret(request, settings)
    held = await held_code(session, secret) if secret else None
    if held is None:
        return None
    facility = await facility_of_code(session, held)
    token = session_token(request, settings)
    try:
        actor = await actor_of_session(session, token) if token else None
    except Unauthenticated:
        actor = None
    return _Shown(held=held, facility=facility, actor=actor, back=back)


def _next_page(held: HeldCode) -> str:
    if held.facility_id != NO_FACILITY and not held.sets_password:
        return f"/facilities/{held.facility_id}"
    return "/facilities/new" if held.purpose == "open_account" else "/"


def _page(
    request: WebRequest,
    shown: _Shown,
    form: dict[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response[Any]:
    other = "password" if shown.held.sets_password else "join"
    return page(
        request,
        "codes/use.html",
        actor=shown.actor,
        status=200 if refusal is None else max(refusal.status, 422),
        held=shown.held,
        facility=shown.facility,
        next=shown.back,
        here=use_path(shown.back),
        form=form or {},
        form_problems=[] if refusal is None else problems_of_refusal(refusal, _INPUTS, other),
    )
