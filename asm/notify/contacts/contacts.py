"""Where an account can be reached: added, confirmed by a link sent there, left again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec
from sqlalchemy import func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.withdraw import withdraw_password_codes
from asm.db.base import NO_FACILITY, new_id
from asm.errors import Conflict, invalid_field, not_found
from asm.notify.channels.guarded_http import Reach
from asm.notify.contacts.confirm_again import confirm_again, unconfirmed_contact
from asm.notify.contacts.contact_address import Address, read_address
from asm.notify.contacts.sealed_contact import ContactKeys
from asm.notify.model import contact
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

ChannelName = Literal["email", "sms", "zalo", "web_push", "webhook"]
CHANNELS: Final[tuple[ChannelName, ...]] = get_args(ChannelName)
#: Addresses that must be confirmed by whoever reads what is sent there.
TO_CONFIRM: Final = frozenset({"email", "sms", "zalo"})
#: How a code for a new password goes out.
CODES_BY: Final = "email"
#: New addresses that one account may name in a day: each sends a message to somebody.
MOST_A_DAY: Final = 10
_SETTLE: Final = {
    "confirm": text("SELECT confirm_contact(:contact)"),
    "leave": text("SELECT leave_contact(:contact)"),
}


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One address. `hint` shows enough of it for its owner. `password_codes`: whether a code for a
    forgotten password goes there once it is confirmed.
    """

    id: UUID
    channel: ChannelName
    hint: str
    created_at: datetime
    confirmed_at: datetime | None
    password_codes: bool


class NewContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that was just added. `secret` signs webhooks and is shown this once;
    `password_codes` as in `Contact`.
    """

    id: UUID
    channel: ChannelName
    hint: str
    secret: str | None
    password_codes: bool = False


class Adding(msgspec.Struct, frozen=True, kw_only=True):
    """`available`: the channels of this installation; `webhooks`: which hosts they may name.
    `for_codes`: codes for a new password may go there, since who adds it proved to know the
    password or sets it just now. `announced`: the account hears of it where it is reached already.
    """

    available: Collection[str]
    webhooks: Reach = Reach(())
    for_codes: bool = False
    announced: bool = True


async def contacts_of(session: AsyncSession, account_id: UUID) -> list[Contact]:
    """The account's addresses that are in use or wait to be confirmed."""
    rows = await session.execute(
        select(
            contact.c.id,
            contact.c.channel,
            contact.c.hint,
            contact.c.created_at,
            contact.c.confirmed_at,
            contact.c.for_codes.label("password_codes"),
        )
        .where(contact.c.account_id == account_id, contact.c.removed_at.is_(None))
        .order_by(contact.c.created_at, contact.c.id)
    )
    return [msgspec.convert(row, Contact) for row in rows.mappings()]


async def add_contact(
    session: AsyncSession,
    keys: ContactKeys,
    account_id: UUID,
    channel: str,
    typed: str,
    adding: Adding,
) -> NewContact:
    """Add an address; e-mail, SMS and Zalo are used once the link sent there was opened. One that
    waits for that gets the link again.

    Raises Invalid (`channel_unavailable`, `address_invalid`) and Conflict (`contact_exists`,
    `too_many_contacts`, and as `confirm_again`).
    """
    name = _available(channel, adding.available)
    address = read_address(name, typed, adding.webhooks)
    if name in TO_CONFIRM:
        digests = keys.digests_of(address.natural)
        waiting = await unconfirmed_contact(session, account_id, name, digests)
        if waiting is not None:
            await confirm_again(session, account_id, waiting, adding.available)
            return await _added_again(session, (waiting, name, address.hint), adding)
    new = await _insert(session, keys, account_id, (name, address), adding)
    if name in TO_CONFIRM:
        payload = {"contact_id": str(new.id), "announced": adding.announced}
        await enqueue(session, Topic.CONTACT_ADDED, [(NO_FACILITY, payload)])
    return new


async def _added_again(
    session: AsyncSession, waiting: tuple[UUID, ChannelName, str], adding: Adding
) -> NewContact:
    """Whoever proves to know the password now may get codes there, as with a new address."""
    contact_id, name, hint = waiting
    for_codes = adding.for_codes and name == CODES_BY
    done = await session.execute(
        update(contact)
        .where(contact.c.id == contact_id)
        .values(for_codes=or_(contact.c.for_codes, literal(for_codes)))
        .returning(contact.c.for_codes)
    )
    return NewContact(
        id=contact_id, channel=name, hint=hint, secret=None, password_codes=done.scalar_one()
    )


async def keep_contact(
    session: AsyncSession,
    keys: ContactKeys,
    account_id: UUID,
    channel: Literal["email", "sms"],
    typed: str,
    adding: Adding,
) -> NewContact:
    """Add an e-mail address or a phone number though this installation may not send there yet.
    Where it does, as `add_contact`. Raises as that does.
    """
    if channel in adding.available:
        return await add_contact(session, keys, account_id, channel, typed, adding)
    address = read_address(channel, typed, adding.webhooks)
    return await _insert(session, keys, account_id, (channel, address), adding)


async def _insert(
    session: AsyncSession,
    keys: ContactKeys,
    account_id: UUID,
    where: tuple[ChannelName, Address],
    adding: Adding,
) -> NewContact:
    await _refuse_too_many(session, account_id)
    name, address = where
    for_codes = adding.for_codes and name == CODES_BY
    new = new_id()
    values = {
        "sealed": keys.seal(address.values, account_id, new, name),
        "hint": address.hint,
        "confirmed_at": None if name in TO_CONFIRM else func.clock_timestamp(),
        "for_codes": for_codes,
    }
    digest = await _free_digest(session, account_id, name, keys.digests_of(address.natural))
    done = await session.execute(
        insert(contact)
        .values(id=new, account_id=account_id, channel=name, digest=digest, **values)
        .on_conflict_do_nothing(index_elements=["account_id", "channel", "digest"])
        .returning(contact.c.id)
    )
    if done.one_or_none() is None:
        raise _exists()
    return NewContact(
        id=new,
        channel=name,
        hint=address.hint,
        secret=address.values.get("secret"),
        password_codes=for_codes,
    )


async def remove_contact(session: AsyncSession, account_id: UUID, contact_id: UUID) -> None:
    """Nothing goes there any more, not even what waits; a code that went there is good no more.
    Raises not_found.
    """
    done = await session.execute(
        update(contact)
        .where(
            contact.c.id == contact_id,
            contact.c.account_id == account_id,
            contact.c.removed_at.is_(None),
        )
        .values(removed_at=func.clock_timestamp(), removed_why="removed")
        .returning(contact.c.for_codes)
    )
    for_codes = done.scalar_one_or_none()
    if for_codes is None:
        raise not_found("contact")
    if for_codes:
        await withdraw_password_codes(session, account_id)


async def follow_link(
    session: AsyncSession, purpose: Literal["confirm", "leave"], contact_id: UUID
) -> str | None:
    """Confirm or leave a contact because of a link that we signed; nobody need be signed in. The
    channel, or None when there is nothing to confirm any more. Harmless to repeat.
    """
    done = await session.execute(_SETTLE[purpose], {"contact": contact_id})
    channel: str | None = done.scalar_one()
    return channel


async def _free_digest(
    session: AsyncSession, account_id: UUID, channel: str, digests: Sequence[bytes]
) -> bytes:
    """An address that was left before comes back as a new row with a new id: its old links end.
    `digests`: by the newest key and by former ones, which rows may still carry while they rotate.
    """
    same = [
        contact.c.account_id == account_id,
        contact.c.channel == channel,
        contact.c.digest.in_(digests),
    ]
    await session.execute(
        update(contact)
        .where(*same, contact.c.removed_at.is_not(None))
        .values(digest=func.sha256(contact.c.sealed))
    )
    if (await session.execute(select(contact.c.id).where(*same))).first() is not None:
        raise _exists()
    return digests[0]


def _exists() -> Conflict:
    return Conflict("contact_exists")


def _available(channel: str, available: Collection[str]) -> ChannelName:
    for name in CHANNELS:
        if name == channel and name in available:
            return name
    raise invalid_field("/channel", "channel_unavailable")


async def _refuse_too_many(session: AsyncSession, account_id: UUID) -> None:
    counted = await session.execute(
        select(func.count()).where(
            contact.c.account_id == account_id,
            contact.c.created_at > func.clock_timestamp() - text("interval '1 day'"),
        )
    )
    if counted.scalar_one() >= MOST_A_DAY:
        raise Conflict("too_many_contacts", most=MOST_A_DAY)
