"""A few messages for the demo's inboxes, by the rules and words of real ones; all is invented."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import account
from asm.db.rls import database_now
from asm.facilities.model import facility
from asm.facilities.nights import current_night
from asm.notify.messages.recipients import people_of
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.notify.model import message

_WORKS = {
    "said": "Bảo trì thử nghiệm: trang có thể chậm từ 02:00 đến 02:15. Khai báo vẫn được nhận.",
    "said_en": "Trial works: pages may be slow from 02:00 to 02:15. Declarations are accepted.",
}


async def put_demo_messages(session: AsyncSession) -> int:
    """Last night's reminder for the facilities, works for everybody; how many messages. Run it
    once, after the facilities are there. No digest of flags: these come from checks of their own,
    so that any number in it would differ from what waits.
    """
    now = await database_now(session)
    if (await session.execute(select(message.c.id).limit(1))).first() is not None:
        return 0
    facility_rows = (
        await session.execute(select(facility.c.id, facility.c.name, facility.c.ward_code))
    ).all()
    people = await people_of(session, [facility_row.id for facility_row in facility_rows])
    everybody = await session.execute(select(account.c.id, account.c.role).order_by(account.c.id))
    written = await write_messages(
        session,
        now,
        [
            *(
                _reminder(facility_row, now, people.get(facility_row.id, []))
                for facility_row in facility_rows
            ),
            NewMessage(
                topic="outage",
                event_key="outage:demo",
                recipients=[Recipient(account_id=row.id, role=row.role) for row in everybody],
                facts=dict(_WORKS),
                expires_at=now,
            ),
        ],
    )
    return written.messages


def _reminder(facility_row: Any, now: datetime, people: list[Recipient]) -> NewMessage:
    night = current_night(now) - timedelta(days=1)
    facility_id: UUID = facility_row.id
    return NewMessage(
        topic="reminder.early",
        event_key=f"reminder.early:{night}",
        recipients=people,
        facility_id=facility_id,
        facts={
            "facility": facility_row.name,
            "night": night.isoformat(),
            "silent": True,
            "departures_overdue": 0,
        },
        link=f"/desk/{facility_id}",
        expires_at=now,
    )
