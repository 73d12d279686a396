"""Tell all concerned that intake is degraded, that it works again, or that it was a mistake.

Concerned are the people of the facilities that an incident names or whose wards it names, these
wards' officers, the provincial police and the administrators; everybody when it was everywhere.
Each account is told once of each of the three, whichever events come and however often.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import NO_FACILITY, vietnam_time
from asm.db.rls import database_now
from asm.db.statements import read_statements
from asm.notify.messages.host_messages import CHUNK, USEFUL_FOR
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.outbox.drain import Event
from asm.stays.rules.deadlines import grace_window

_INCIDENT = text("SELECT * FROM incident WHERE number = :number FOR SHARE")
_SQL = read_statements(__name__)
_CONCERNED = text(_SQL["concerned"])
_OPENED: Final = (
    (
        "Từ {start}, hệ thống không tiếp nhận khai báo như thường lệ. Hãy gửi lại sau ít phút; "
        "khai báo trễ vì sự cố này được ghi là được miễn (sự cố số {number})."
    ),
    (
        "Since {start} declarations cannot be taken as usual. Send again in a few minutes; what is "
        "late because of it will be marked as excused (incident {number})."
    ),
)
_ENDED: Final = (
    (
        "Sự cố số {number} đã xong: từ {start} đến {end}, hệ thống không tiếp nhận khai báo như "
        "thường lệ. Hãy gửi khai báo còn thiếu trước {last}; trễ vì sự cố này thì được ghi là "
        "được miễn."
    ),
    (
        "Incident {number} is over: from {start} to {end} declarations could not be taken as "
        "usual. Send what is missing by {last}; what is late because of it will be marked as "
        "excused."
    ),
)
_WITHDRAWN: Final = (
    "Sự cố số {number} đã được rút lại vì ghi nhầm: khai báo trễ không còn được miễn vì sự cố này.",
    (
        "Incident {number} was taken back, it was written down by mistake: nothing late is excused "
        "by it any more."
    ),
)


async def write_incident_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """Tell of each incident what it is now."""
    for number in sorted({event.payload["incident"] for event in events}):
        row = (await session.execute(_INCIDENT, {"number": number})).one()
        await _write_for_all(session, await database_now(session), _message(row))


async def _write_for_all(session: AsyncSession, now: datetime, message: NewMessage) -> None:
    after = NO_FACILITY
    number = message.facts["incident"]
    while True:
        asked = {"number": number, "after": after, "chunk": CHUNK}
        rows = (await session.execute(_CONCERNED, asked)).all()
        people = [Recipient(account_id=row.id, role=row.role) for row in rows]
        told = msgspec.structs.replace(message, recipients=people, expires_at=now + USEFUL_FOR)
        await write_messages(session, now, [told])
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def _message(row: Any) -> NewMessage:
    if row.withdrawn_at is not None:
        step, words = "withdrawn", _WITHDRAWN
    elif row.ended_at is not None:
        step, words = "ended", _ENDED
    else:
        step, words = "opened", _OPENED
    filled = {"number": row.number, "start": _clock(row.started_at)}
    if row.ended_at is not None:
        window = grace_window(row.started_at, row.ended_at)
        filled |= {"end": _clock(row.ended_at), "last": _clock(window.received_to)}
    return NewMessage(
        topic="outage",
        event_key=f"incident:{row.number}:{step}",
        recipients=(),
        facts={
            "incident": row.number,
            "step": step,
            "said": words[0].format(**filled),
            "said_en": words[1].format(**filled),
        },
        link="/incidents",
    )


def _clock(moment: datetime | None) -> str:
    return "" if moment is None else f"{vietnam_time(moment):%H:%M %d/%m/%Y}"
