"""What an account hears of itself: the code of who forgot the password, that it was changed, and
that an address was added.

Outbox handlers: each may be given an event twice, messages have keys.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.model import account
from asm.db.base import NO_FACILITY, new_id
from asm.db.rls import database_now
from asm.notify.deliver import CODE
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.notify.model import contact, delivery, message
from asm.outbox.drain import Event
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

#: How long such news may wait for a mail server.
USEFUL_FOR: Final = timedelta(days=7)
# Nothing goes to an account without a confirmed address: who asked reads what helps on the page.
_REACHED = text(
    "SELECT code.id, code.account_id, code.expires_at, contact.id AS contact_id "
    "FROM account_code AS code JOIN contact ON contact.account_id = code.account_id "
    "AND contact.channel = 'email' AND contact.for_codes AND contact.confirmed_at IS NOT NULL "
    "AND contact.removed_at IS NULL WHERE code.id = ANY(:ids) AND code_is_live(code) "
    "ORDER BY code.id, contact.id"
)


async def request_code_messages(
    session: AsyncSession, keys: CodeKeys, codes: Sequence[UUID]
) -> None:
    """Let the worker send the codes whose accounts have an address; as many for any login."""
    payloads = [{"code_id": str(code_id), "key_id": keys.key_id} for code_id in codes]
    await enqueue(session, Topic.CODE_REQUESTED, [(NO_FACILITY, payload) for payload in payloads])


async def post_password_changed(session: AsyncSession, account_id: UUID) -> None:
    """Let the worker tell an account that its password was set anew."""
    payload = {"account_id": str(account_id)}
    await enqueue(session, Topic.PASSWORD_CHANGED, [(NO_FACILITY, payload)])


async def send_codes(session: AsyncSession, events: Sequence[Event]) -> None:
    """A mail for each confirmed address of who forgot the password. It holds the id of the code;
    the code is made of it when the mail goes out.
    """
    key_ids = {event.payload["code_id"]: event.payload["key_id"] for event in events}
    reached = await session.execute(_REACHED, {"ids": [UUID(code_id) for code_id in key_ids]})
    message_ids: dict[UUID, UUID | None] = {}
    for row in reached:
        if row.id not in message_ids:
            message_ids[row.id] = await _code_message(
                session, row.account_id, row.id, key_ids[str(row.id)], row.expires_at
            )
        if message_ids[row.id] is not None:
            await session.execute(
                insert(delivery).values(
                    facility_id=NO_FACILITY,
                    id=new_id(),
                    message_id=message_ids[row.id],
                    account_id=row.account_id,
                    contact_id=row.contact_id,
                    channel="email",
                )
            )


async def _code_message(
    session: AsyncSession, account_id: UUID, code_id: UUID, key_id: str, expires_at: object
) -> UUID | None:
    done = await session.execute(
        insert(message)
        .values(
            facility_id=NO_FACILITY,
            id=new_id(),
            account_id=account_id,
            topic=CODE,
            event_key=f"{CODE}:{code_id}",
            facts={"code_id": str(code_id), "key_id": key_id},
            in_inbox=False,
            expires_at=expires_at,
        )
        .on_conflict_do_nothing()
        .returning(message.c.id)
    )
    new: UUID | None = done.scalar_one_or_none()
    return new


async def write_password_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Whoever's password was set anew hears of it, in the inbox and by mail."""
    keys = {UUID(event.payload["account_id"]): f"password:{event.id}" for event in events}
    await _write(session, "account.password", keys)


async def write_contact_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Whose account got an address hears of it, in the inbox and at those that it has already: it
    may have been somebody else, and it is the way to a new password.
    """
    ids = [UUID(event.payload["contact_id"]) for event in events if event.payload.get("announced")]
    added = await session.execute(
        select(contact.c.account_id, contact.c.id).where(contact.c.id.in_(ids))
    )
    for row in added:
        await _write(session, "account.contact", {row.account_id: f"contact:{row.id}"})


async def _write(session: AsyncSession, topic: str, keys: Mapping[UUID, str]) -> None:
    """One message for each account, with its key."""
    now = await database_now(session)
    rows = await session.execute(
        select(account.c.id, account.c.role).where(
            account.c.id.in_(keys), account.c.disabled_at.is_(None)
        )
    )
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic=topic,
                event_key=keys[row.id],
                recipients=[Recipient(account_id=row.id, role=row.role)],
                facts={},
                link="/account",
                expires_at=now + USEFUL_FOR,
            )
            for row in rows
        ],
    )
