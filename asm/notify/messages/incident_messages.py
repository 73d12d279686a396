"""Tell all concerned that intake is degraded, that it works again, or that it was a mistake.

Concerned are the people of the facilities that an incident names or whose wards it names, these
wards' officers, the provincial police and the administrators; everybody when it was everywhere.
Each account is told once of each of the three, whichever events come and however often.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, vietnam_time
from asm.db.rls import database_now
from asm.db.statements import read_statements
from asm.locales.texts import both
from asm.notify.messages.host_messages import CHUNK, USEFUL_FOR
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.outbox.drain import Event
from asm.stays.rules.deadlines import grace_window

_INCIDENT = text("SELECT * FROM incident WHERE number = :number FOR SHARE")
_SQL = read_statements(__name__)
_CONCERNED = text(_SQL["concerned"])


async def write_incident_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Tell of each incident what it is now."""
    for number in sorted({event.payload["incident"] for event in events}):
        row = (await session.execute(_INCIDENT, {"number": number})).one()
        await _write_for_all(session, await database_now(session), _message(row))


async def _write_for_all(session: AsyncSession, now: datetime, message: NewMessage) -> None:
    after = NO_FACILITY
    number = message.facts["incident"]
    while True:
        chunk_values = {"number": number, "after": after, "chunk": CHUNK}
        rows = (await session.execute(_CONCERNED, chunk_values)).all()
        people = [Recipient(account_id=row.id, role=row.role) for row in rows]
        addressed = msgspec.structs.replace(message, recipients=people, expires_at=now + USEFUL_FOR)
        await write_messages(session, now, [addressed])
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def _message(row: Any) -> NewMessage:
    if row.withdrawn_at is not None:
        step, text_id = "withdrawn", "outage.withdrawn"
    elif row.ended_at is not None:
        step, text_id = "ended", "outage.ended"
    else:
        step, text_id = "opened", "outage.opened"
    filled = {"number": row.number, "start": _clock(row.started_at)}
    if row.ended_at is not None:
        window = grace_window(row.started_at, row.ended_at)
        filled |= {"end": _clock(row.ended_at), "last": _clock(window.received_to)}
    said, said_en = both("messages", text_id, filled)
    return NewMessage(
        topic="outage",
        event_key=f"incident:{row.number}:{step}",
        recipients=(),
        facts={
            "incident": row.number,
            "step": step,
            "said": said,
            "said_en": said_en,
        },
        link="/incidents",
    )


def _clock(moment: datetime | None) -> str:
    return "" if moment is None else f"{vietnam_time(moment):%H:%M %d/%m/%Y}"
