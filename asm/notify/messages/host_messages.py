"""Outbox handlers that tell people: receipts, what the ward decided, announcements to all.

Each may be given an event twice: messages have keys. They run in the transaction that empties the
outbox, so they only write rows; sending is for later.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.db.base import NO_FACILITY
from asm.db.rls import database_now
from asm.facilities.model import facility
from asm.notify.messages.recipients import people_of
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.notify.model import announcement
from asm.outbox.drain import Event

USEFUL_FOR: Final = timedelta(days=1)
#: How long a decision may wait for quiet hours, a mail server, a weekend.
DECISION_USEFUL_FOR: Final = timedelta(days=7)
CHUNK: Final = 5000

# Nearly nobody asks for receipts by message, and there are 600 a second: first, who does.
_WHO_WANTS_RECEIPTS = text("""
SELECT DISTINCT membership.facility_id, account.id, account.role
FROM membership JOIN account ON account.id = membership.account_id AND account.disabled_at IS NULL
JOIN notice_rule AS rule ON rule.topic = 'receipt' AND rule.role = account.role
LEFT JOIN notice_preference AS chosen ON chosen.account_id = account.id
  AND chosen.topic = 'receipt' AND chosen.channel = rule.channel
WHERE membership.facility_id = ANY(:facilities)
  AND (rule.duty OR coalesce(chosen.wanted, rule.pace <> 'offered'))
  AND (rule.channel = 'inbox' OR EXISTS (SELECT FROM contact
    WHERE contact.account_id = account.id AND contact.channel = rule.channel
      AND contact.confirmed_at IS NOT NULL AND contact.removed_at IS NULL))
""")
_RECEIPTS = text("""
SELECT stay.facility_id, stay.id, asked.version, stay.receipt_number, stay.on_time, facility.name
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:versions AS int[]))
  AS asked (facility_id, stay_id, version)
JOIN stay ON stay.facility_id = asked.facility_id AND stay.id = asked.stay_id
JOIN facility ON facility.id = stay.facility_id
""")


async def write_receipt_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """A message for each received version, for those who want them (hotel systems do)."""
    facilities = sorted({event.facility_id for event in events})
    people: dict[UUID, list[Recipient]] = {}
    for row in await session.execute(_WHO_WANTS_RECEIPTS, {"facilities": facilities}):
        recipient = Recipient(account_id=row.id, role=row.role)
        people.setdefault(row.facility_id, []).append(recipient)
    wanted = [
        event for event in events if event.facility_id in people and "version" in event.payload
    ]
    if not wanted:
        return
    now = await database_now(session)
    rows = await session.execute(
        _RECEIPTS,
        {
            "facilities": [event.facility_id for event in wanted],
            "stays": [UUID(event.payload["stay_id"]) for event in wanted],
            "versions": [event.payload["version"] for event in wanted],
        },
    )
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic="receipt",
                event_key=f"receipt:{row.id}:{row.version}",
                recipients=people[row.facility_id],
                facility_id=row.facility_id,
                facts={
                    "facility": row.name,
                    "receipt": row.receipt_number,
                    "version": row.version,
                    "on_time": row.on_time,
                    "stay_id": str(row.id),
                },
                link=f"/desk/{row.facility_id}/stays/{row.id}",
                expires_at=now + USEFUL_FOR,
            )
            for row in rows
        ],
    )


async def write_decision_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The facility's people learn that their registration was sent back."""
    await _write_for_people(session, events, "returned", "/facilities/{}")


async def write_activation_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The facility's people learn that they may declare from now on."""
    await _write_for_people(session, events, "activated", "/desk/{}")


async def _write_for_people(
    session: AsyncSession, events: Sequence[Event], decided: str, link: str
) -> None:
    facilities = {event.facility_id for event in events}
    rows = await session.execute(
        select(facility.c.id, facility.c.name).where(facility.c.id.in_(facilities))
    )
    names = {row.id: row.name for row in rows}
    people = await people_of(session, facilities)
    now = await database_now(session)
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic=f"facility.{decided}",
                event_key=f"{decided}:{event.id}",
                recipients=people.get(event.facility_id, []),
                facility_id=event.facility_id,
                facts={"facility": names[event.facility_id]},
                link=link.format(event.facility_id),
                expires_at=now + DECISION_USEFUL_FOR,
            )
            for event in events
        ],
    )


async def write_announced_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Everybody with an account gets each announcement."""
    now = await database_now(session)
    for event in events:
        result = await session.execute(
            select(announcement).where(announcement.c.id == UUID(event.payload["id"]))
        )
        announced = result.one()
        after = NO_FACILITY
        while people := await _some_people(session, after):
            message = NewMessage(
                topic="outage",
                event_key=f"outage:{announced.id}",
                recipients=people,
                facts={"said": announced.said, "said_en": announced.said_en},
                expires_at=now + USEFUL_FOR,
            )
            await write_messages(session, now, [message])
            after = people[-1].account_id


async def _some_people(session: AsyncSession, after: UUID) -> list[Recipient]:
    rows = await session.execute(
        select(account.c.id, account.c.role)
        .where(account.c.id > after, account.c.disabled_at.is_(None))
        .order_by(account.c.id)
        .limit(CHUNK)
    )
    return [Recipient(account_id=row.id, role=row.role) for row in rows]
