"""Somebody adds where they are reached. An address to which a code for a new password goes is as
good as the password: it asks for the password, so that a screen left open or a stolen token does
not become the account.
"""

from typing import Final, Literal

from asm.accounts.access import Access
from asm.accounts.own.change_own import hold_unchanged, require_password
from asm.accounts.roles import HOST_ROLES, HOTEL_SYSTEM
from asm.audit.trail import record
from asm.notify.channels.available import available_channels, webhook_reach
from asm.notify.contacts.contacts import Adding, NewContact, add_contact, keep_contact
from asm.notify.contacts.sealed_contact import contact_keys
from asm.settings import NotifySettings

#: Whose forgotten passwords are found by e-mail: people, and officers by the level above alone.
FOUND_BY_MAIL: Final = HOST_ROLES - {HOTEL_SYSTEM}


async def add_own_contact(
    access: Access,
    settings: NotifySettings,
    channel: str,
    typed: str,
    password: str | None,
    *,
    but: frozenset[str] = frozenset(),
) -> NewContact:
    """Add an address on a channel that this installation has, `but` these. Without `password` it
    gets messages and never a code; the try was counted before (AT_SCREEN).

    Raises Invalid `password_wrong` and as `add_contact` does.
    """
    adding = await _adding(access, settings, password, but)
    keys = contact_keys(*access.keys.files.notify_keys)
    async with access.session.begin_nested():
        new = await add_contact(access.session, keys, access.actor.id, channel, typed, adding)
        await _record(access, new)
    return new


async def keep_own_contact(
    access: Access,
    settings: NotifySettings,
    channel: Literal["email", "sms"],
    typed: str,
    password: str,
) -> None:
    """Add an e-mail address or a phone number, though this installation may not send there yet.
    Raises as `add_own_contact` does.
    """
    adding = await _adding(access, settings, password)
    keys = contact_keys(*access.keys.files.notify_keys)
    async with access.session.begin_nested():
        new = await keep_contact(access.session, keys, access.actor.id, channel, typed, adding)
        await _record(access, new)


async def _adding(
    access: Access,
    settings: NotifySettings,
    password: str | None,
    but: frozenset[str] = frozenset(),
) -> Adding:
    if password is not None:
        checked = await require_password(access, password, "/password")
        # Until the address is stored: a password that is changed meanwhile gets nothing any more.
        await hold_unchanged(access, checked, "/password")
    return Adding(
        available=available_channels(settings) - but,
        webhooks=webhook_reach(settings),
        for_codes=password is not None and access.actor.role in FOUND_BY_MAIL,
    )


async def _record(access: Access, new: NewContact) -> None:
    await record(
        access.session,
        actor_id=access.actor.id,
        actor_role=access.actor.role,
        action="account.contact_added",
        ward_code=access.actor.ward_code,
        subject_id=access.actor.id,
        details={"channel": new.channel, "password_codes": new.password_codes},
    )
