"""What those who make officers hear: that a ward has nobody to look at what waits there.

Outbox handler: it may be given an event twice, messages have keys.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import vietnam_time
from asm.db.rls import database_now
from asm.facilities.model import facility
from asm.geo.model import ward
from asm.notify.messages.recipients import administrators, officers_of
from asm.notify.messages.write_messages import NewMessage, write_messages
from asm.outbox.drain import Event

#: Somebody waits there meanwhile.
USEFUL_FOR: Final = timedelta(days=3)


async def write_waiting_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Administrators learn of a ward without an officer in which a facility waits to be activated,
    once a day for each ward; neither the facility nor its owner is named.
    """
    rows = await session.execute(
        select(facility.c.ward_code, ward.c.name)
        .join(ward, ward.c.code == facility.c.ward_code)
        .where(
            facility.c.id.in_({event.facility_id for event in events}),
            facility.c.status == "pending",
        )
    )
    names = {row.ward_code: row.name for row in rows}
    attended = await officers_of(session, names)
    unattended = sorted(names.keys() - attended.keys())
    if not unattended:
        return
    now = await database_now(session)
    people = await administrators(session)
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic="ward.unattended",
                event_key=f"ward.unattended:{code}:{vietnam_time(now).date()}",
                recipients=people,
                facts={"ward": names[code]},
                link="/officers",
                expires_at=now + USEFUL_FOR,
            )
            for code in unattended
        ],
    )
