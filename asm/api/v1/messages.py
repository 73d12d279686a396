"""The signed-in account's messages, where it is reached, and what it wants to get there."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from asm.accounts.access import Access, Scope
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.again.answered_again import answered_again
from asm.api.problems import documented
from asm.api.shown_once import SHOWN_ONCE
from asm.api.v1.paging import PageNumber
from asm.facilities.software.people_only import refuse_software
from asm.notify.channels.available import available_channels
from asm.notify.channels.inbox.read_inbox import PAGE_SIZE, mark_read, read_inbox
from asm.notify.contacts.contacts import (
    Contact,
    NewContact,
    contacts_of,
    remove_contact,
)
from asm.notify.contacts.own_contacts import add_own_contact
from asm.notify.messages.texts import inbox_text
from asm.notify.preferences import (
    Choice,
    DeliveryView,
    QuietHours,
    choices_of,
    choose,
    quiet_hours_of,
    recent_deliveries,
    set_quiet_hours,
)
from asm.settings import Settings

_ANSWERS = documented(401)
_OF_BROWSERS = frozenset({"web_push"})


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the inbox. `read_at`: None while it is unread; `link`: a page of ours."""

    id: UUID
    topic: str
    title: str
    title_en: str
    text: str
    text_en: str
    link: str | None
    created_at: datetime
    read_at: datetime | None


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """Up to 50 messages, newest first; `more`: another page follows."""

    notices: list[NoticeView]
    page: int
    more: bool


class ReadNotices(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which messages were read; without `ids` all of them."""

    ids: list[UUID] | None = None


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What may be chosen and what is, on the channels of this installation."""

    choices: list[Choice]
    quiet_hours: QuietHours


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    topic: str
    channel: str
    wanted: bool


class PreferenceChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Choices that are not named stay; `quiet_hours` absent stays, null brings the usual back."""

    choices: list[Wanted] = []
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET


class ContactInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`address`: an e-mail address, a phone number, an https address for webhooks. `password`: the
    account's own; codes for a forgotten password go only to e-mail addresses that came with it.
    """

    channel: str
    address: str
    password: str | None = None

    def __repr__(self) -> str:
        return "ContactInput(…)"


@get("/notices", operation_id="listNotices", responses=_ANSWERS)
async def notices(in_scope: NamedDependency[Scope], page: PageNumber = 1) -> NoticePage:
    """The inbox, newest first."""
    messages = await read_inbox(in_scope.session, in_scope.actor.id, page)
    views = []
    for message in messages[:PAGE_SIZE]:
        vietnamese = inbox_text(message.topic, message.facts, "vi")
        english = inbox_text(message.topic, message.facts, "en")
        views.append(
            NoticeView(
                id=message.id,
                topic=message.topic,
                title=vietnamese.title,
                title_en=english.title,
                text=vietnamese.text,
                text_en=english.text,
                link=message.link,
                created_at=message.created_at,
                read_at=message.read_at,
            )
        )
    return NoticePage(notices=views, page=page, more=len(messages) > PAGE_SIZE)


@post("/notices/read", operation_id="markNoticesRead", status_code=204, responses=_ANSWERS)
@answered_again
async def read(data: JSONBody[ReadNotices], in_scope: NamedDependency[Scope]) -> None:
    """Mark messages read. Ids that are not one's own change nothing."""
    await mark_read(in_scope.session, in_scope.actor.id, in_scope.actor.now, data.ids)


@get("/notices/preferences", operation_id="noticePreferences", responses=_ANSWERS)
async def preferences(
    in_scope: NamedDependency[Scope], settings: NamedDependency[Settings]
) -> Preferences:
    """What this account gets on which channel, and its quiet hours."""
    channels = available_channels(settings.notify) | {"inbox"}
    return Preferences(
        choices=await choices_of(
            in_scope.session, in_scope.actor.id, in_scope.actor.role, channels
        ),
        quiet_hours=await quiet_hours_of(in_scope.session, in_scope.actor.id),
    )


@put(
    "/notices/preferences",
    operation_id="changeNoticePreferences",
    responses=documented(401, 422),
)
async def change_preferences(
    data: JSONBody[PreferenceChange],
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
) -> Preferences:
    """Change some choices. Notices of duties stay in the inbox (`choice_is_duty`)."""
    wanted = {(choice.topic, choice.channel): choice.wanted for choice in data.choices}
    await choose(in_scope.session, in_scope.actor.id, in_scope.actor.role, wanted)
    if data.quiet_hours is not msgspec.UNSET:
        await set_quiet_hours(in_scope.session, in_scope.actor.id, data.quiet_hours)
    channels = available_channels(settings.notify) | {"inbox"}
    return Preferences(
        choices=await choices_of(
            in_scope.session, in_scope.actor.id, in_scope.actor.role, channels
        ),
        quiet_hours=await quiet_hours_of(in_scope.session, in_scope.actor.id),
    )


@get("/notices/contacts", operation_id="noticeContacts", responses=_ANSWERS)
async def contacts(in_scope: NamedDependency[Scope]) -> list[Contact]:
    """Where this account is reached; addresses are shown in part."""
    return await contacts_of(in_scope.session, in_scope.actor.id)


@post(
    "/notices/contacts",
    operation_id="addNoticeContact",
    responses=documented(401, 403, 409, 422, 429),
    cache_control=SHOWN_ONCE,
)
@answered_again
async def add(
    data: JSONBody[ContactInput],
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> NewContact:
    """Add an address. E-mail and phone numbers are used once the link sent there was opened; a
    webhook's `secret` is shown this once. Without `password`, and for software, `password_codes` is
    false: a token opens no way to the password. `web_push` takes a browser's subscription, as JSON
    text, from an app that is signed in on a phone.
    """
    await refuse_software(access)
    if data.password is not None:
        await throttle.count_try(AT_SCREEN, origin, str(access.actor.id))
    # A subscription is of one browser: the app in it may bring it, other software has none.
    but = frozenset[str]() if access.actor.device else _OF_BROWSERS
    return await add_own_contact(
        access, settings.notify, data.channel, data.address, data.password, but=but
    )


@delete(
    "/notices/contacts/{contact_id:uuid}",
    operation_id="removeNoticeContact",
    responses=documented(401, 404),
)
async def remove(contact_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> None:
    """Send nothing there any more."""
    await remove_contact(in_scope.session, in_scope.actor.id, contact_id)


@get("/notices/deliveries", operation_id="noticeDeliveries", responses=_ANSWERS)
async def deliveries(in_scope: NamedDependency[Scope]) -> list[DeliveryView]:
    """What became of the newest 20 messages outside the inbox."""
    return await recent_deliveries(in_scope.session, in_scope.actor.id)


HANDLERS = [
    notices,
    read,
    preferences,
    change_preferences,
    contacts,
    add,
    remove,
    deliveries,
]
