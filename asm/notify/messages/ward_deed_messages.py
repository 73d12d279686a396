"""What a facility's people hear of the ward: a suspension and its end, a message, a declaration
that is to be looked at again. Guests are not named; the page says which it is.

Outbox handlers: each may be given an event twice, messages have keys.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.rls import database_now
from asm.facilities.model import closure, facility
from asm.notify.messages.recipients import people_of
from asm.notify.messages.write_messages import NewMessage, write_messages
from asm.outbox.drain import Event
from asm.stays.model import stay
from asm.wards.model import stay_return, ward_message

#: How long it may wait for quiet hours, a mail server, a weekend.
USEFUL_FOR: Final = timedelta(days=7)


async def write_suspension_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The people of a house learn that it is suspended, why, and that they go on declaring."""
    await _write(
        session, events, "facility.suspended", "/facilities/{}", await _reasons(session, events)
    )


async def write_resumption_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The people of a house learn that it may go on."""
    await _write(
        session, events, "facility.resumed", "/facilities/{}", await _reasons(session, events)
    )


async def write_ward_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """What the ward wrote, to the people of the house."""
    rows = await session.execute(
        select(ward_message.c.id, ward_message.c.body).where(ward_message.c.id.in_(_ids(events)))
    )
    said = {row.id: {"said": row.body} for row in rows}
    await _write(session, events, "facility.messaged", "/facilities/{}", said)


async def write_return_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Which declaration is to be looked at again, and why."""
    rows = await session.execute(
        select(stay_return.c.id, stay_return.c.reason, stay.c.receipt_number)
        .join(
            stay,
            (stay.c.facility_id == stay_return.c.facility_id)
            & (stay.c.id == stay_return.c.stay_id),
        )
        .where(
            stay_return.c.facility_id.in_({event.facility_id for event in events}),
            stay_return.c.id.in_(_ids(events)),
        )
    )
    said = {row.id: {"said": row.reason, "receipt": row.receipt_number} for row in rows}
    await _write(session, events, "stay.returned", "/desk/{}", said)


async def _reasons(session: AsyncSession, events: Sequence[Event]) -> dict[UUID, dict[str, Any]]:
    rows = await session.execute(
        select(closure.c.id, closure.c.reason, closure.c.end_reason).where(
            closure.c.facility_id.in_({event.facility_id for event in events}),
            closure.c.id.in_(_ids(events)),
        )
    )
    return {row.id: {"said": row.end_reason or row.reason} for row in rows}


def _ids(events: Sequence[Event]) -> list[UUID]:
    return [UUID(event.payload["id"]) for event in events]


async def _write(
    session: AsyncSession,
    events: Sequence[Event],
    topic: str,
    link: str,
    said: dict[UUID, dict[str, Any]],
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
                topic=topic,
                event_key=f"{topic}:{event.payload['id']}",
                recipients=people.get(event.facility_id, []),
                facility_id=event.facility_id,
                facts={"facility": names[event.facility_id], **said[UUID(event.payload["id"])]},
                link=link.format(event.facility_id),
                expires_at=now + USEFUL_FOR,
            )
            for event in events
            if UUID(event.payload["id"]) in said and event.facility_id in names
        ],
    )
