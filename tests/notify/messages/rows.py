"""Look into and change the tables as their owner."""

import uuid
from collections import Counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.notify.contacts.sealed_contact import ContactKeys, contact_keys

KEYS = contact_keys(b"k" * 32)


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    async with one_transaction(engine) as session:
        return list((await session.execute(text(query), values)).all())


async def change(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement), values)


async def messages_by_login(engine: AsyncEngine, topic: str) -> Counter[str]:
    """How many messages of a topic each login got."""
    recipients = await rows(
        engine,
        "SELECT login FROM message JOIN account ON account.id = message.account_id "
        "WHERE topic = :topic",
        topic=topic,
    )
    return Counter(row.login for row in recipients)


async def account_id(engine: AsyncEngine, login: str) -> uuid.UUID:
    (row,) = await rows(engine, "SELECT id FROM account WHERE login = :login", login=login)
    row_id: uuid.UUID = row.id
    return row_id


async def put_contact(
    engine: AsyncEngine,
    login: str,
    channel: str,
    address: dict[str, Any],
    keys: ContactKeys = KEYS,
) -> uuid.UUID:
    """A confirmed contact of somebody of the cast, who added it with the password."""
    new, owner = uuid.uuid4(), await account_id(engine, login)
    await change(
        engine,
        "INSERT INTO contact (id, account_id, channel, sealed, digest, hint, confirmed_at, "
        "for_codes) VALUES (:id, :owner, :channel, :sealed, :digest, 'x', clock_timestamp(), "
        ":channel = 'email')",
        id=new,
        owner=owner,
        channel=channel,
        sealed=keys.seal(address, owner, new, channel),
        digest=KEYS.digest_of(str(new)),
    )
    return new
