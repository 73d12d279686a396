"""What a house's owners hear of its people and software, and whoever it is about.

Outbox handler: it may be given an event twice, messages have keys.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.db.rls import database_now
from asm.facilities.model import facility
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.outbox.drain import Event

#: How long such news may wait for a mail server.
USEFUL_FOR: Final = timedelta(days=7)


async def write_people_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The owners of the moment, and the one concerned in words of their own. No person is named:
    who works there stands on the page of its people.
    """
    now = await database_now(session)
    for event in events:
        house = UUID(event.payload["facility_id"])
        concerned = {UUID(each) for each in [event.payload["account_id"]] if each}
        owners = {UUID(each) for each in event.payload["owners"]} - concerned
        name = await _name_of(session, house)
        audiences = (
            (owners, "", f"/facilities/{house}/people"),
            (concerned, ":own", "/account"),
        )
        await write_messages(
            session,
            now,
            [
                NewMessage(
                    topic="facility.people",
                    event_key=f"people:{event.id}",
                    recipients=await _living(session, people),
                    facts={"facility": name, "deed": event.payload["what"] + whose},
                    link=link,
                    expires_at=now + USEFUL_FOR,
                )
                for people, whose, link in audiences
            ],
        )


async def _name_of(session: AsyncSession, house: UUID) -> str:
    rows = await session.execute(select(facility.c.name).where(facility.c.id == house))
    name: str = rows.scalar_one()
    return name


async def _living(session: AsyncSession, people: Collection[UUID]) -> list[Recipient]:
    rows = await session.execute(
        select(account.c.id, account.c.role)
        .where(account.c.id.in_(people), account.c.disabled_at.is_(None))
        .order_by(account.c.id)
    )
    return [Recipient(account_id=row.id, role=row.role) for row in rows]
