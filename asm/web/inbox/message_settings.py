"""What an account gets where: addresses, choices, quiet hours, and what became of messages."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Conflict, Invalid, Refusal, TooMany, invalid_field
from asm.headers import Header
from asm.notify.channels.available import available_channels
from asm.notify.contacts.confirm_again import confirm_again
from asm.notify.contacts.contacts import TO_CONFIRM, contacts_of, remove_contact
from asm.notify.contacts.own_contacts import add_own_contact
from asm.notify.preferences import (
    Choice,
    QuietHours,
    choices_of,
    choose,
    quiet_hours_of,
    recent_deliveries,
    set_quiet_hours,
)
from asm.settings import Settings
from asm.web.dates import read_time
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page

_ORDER: Final = ("inbox", "email", "web_push", "sms", "zalo", "webhook")


@get("/inbox/settings", include_in_schema=False, opt={"query": ["saved", "sent"]})
async def settings_page(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    return await _page(request, in_scope, settings)


@post("/inbox/settings", include_in_schema=False, status_code=200)
async def change_settings(
    request: WebRequest, in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Response[Any]:
    """A box that is not ticked is not sent: so all that were shown and may change are written."""
    form = await request.form()
    channels = available_channels(settings.notify) | {"inbox"}
    shown = await choices_of(in_scope.session, in_scope.actor.id, in_scope.actor.role, channels)
    wanted = {
        (choice.topic, choice.channel): f"{choice.topic}:{choice.channel}" in form
        for choice in shown
        if not choice.duty
    }
    try:
        hours = _hours(str(form.get("quiet_from", "")), str(form.get("quiet_until", "")))
        async with in_scope.session.begin_nested():
            await choose(in_scope.session, in_scope.actor.id, in_scope.actor.role, wanted)
            await set_quiet_hours(in_scope.session, in_scope.actor.id, hours)
    except Invalid as refusal:
        return await _page(request, in_scope, settings, refusal=refusal, field="quiet_from")
    return Redirect("/inbox/settings?saved=1", status_code=303)


@post("/inbox/contacts", include_in_schema=False, status_code=200)
async def add_address(
    request: WebRequest,
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """What reaches a person asks for the password, a browser or a program of theirs does not."""
    form = await request.form()
    channel, typed = str(form.get("channel", "")), str(form.get("address", ""))
    password = str(form.get("password", "")) if channel in TO_CONFIRM else None
    try:
        if password is not None:
            await throttle.count_try(AT_SCREEN, origin, str(access.actor.id))
        new = await add_own_contact(access, settings.notify, channel, typed, password)
    except (Invalid, Conflict, TooMany) as refusal:
        again = {"typed": typed, "typed_channel": channel}
        return await _page(request, access, settings, refusal=refusal, field="address", **again)
    if new.secret is None:
        return Redirect("/inbox/settings#contacts", status_code=303)
    # The secret of a webhook is shown this once, so this answer is the page itself.
    return await _page(request, access, settings, secret=new.secret)


@post("/inbox/contacts/{contact_id:uuid}/confirm", include_in_schema=False, status_code=200)
async def send_link_again(
    contact_id: FromPath[UUID],
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    available = available_channels(settings.notify)
    try:
        await confirm_again(in_scope.session, in_scope.actor.id, contact_id, available)
    except Conflict as refusal:
        return await _page(request, in_scope, settings, refusal=refusal, field="contacts")
    return Redirect("/inbox/settings?sent=1#contacts", status_code=303)


@post("/inbox/contacts/{contact_id:uuid}/remove", include_in_schema=False, status_code=200)
async def remove_address(
    contact_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    await remove_contact(in_scope.session, in_scope.actor.id, contact_id)
    return Redirect("/inbox/settings#contacts", status_code=303)


async def _page(
    request: WebRequest,
    scope: Scope,
    settings: Settings,
    *,
    refusal: Refusal | None = None,
    field: str = "",
    **context: Any,
) -> Response[Any]:
    available = available_channels(settings.notify)
    channels = [name for name in _ORDER if name == "inbox" or name in available]
    form_problems: list[FormProblem] = (
        [] if refusal is None else problems_of_refusal(refusal, {"password": "password"}, field)
    )
    page_values = {
        "secret": None,
        "typed": "",
        "typed_channel": "",
        "saved": "saved" in request.query_params,
        "sent": "sent" in request.query_params,
        **context,
    }
    answer = page(
        request,
        "inbox/settings.html",
        actor=scope.actor,
        status=_status(refusal),
        form_problems=form_problems,
        channels=channels,
        topics=_by_topic(
            await choices_of(scope.session, scope.actor.id, scope.actor.role, channels)
        ),
        contacts=await contacts_of(scope.session, scope.actor.id),
        hours=await quiet_hours_of(scope.session, scope.actor.id),
        deliveries=await recent_deliveries(scope.session, scope.actor.id),
        **page_values,
    )
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return refusal.status if isinstance(refusal, TooMany) else 422


def _by_topic(choices: list[Choice]) -> dict[str, dict[str, Choice]]:
    topics: dict[str, dict[str, Choice]] = {}
    for choice in choices:
        topics.setdefault(choice.topic, {})[choice.channel] = choice
    return topics


def _hours(starts: str, ends: str) -> QuietHours:
    first, last = read_time(starts), read_time(ends)
    if first is None or last is None:
        raise invalid_field("/quiet_from", "quiet_hours_invalid")
    return QuietHours(starts=first, ends=last)
