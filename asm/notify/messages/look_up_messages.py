"""What supervisors hear of look-ups, and wards of stays that somebody says were not theirs.

Outbox handlers: they may be given an event twice, messages have keys. Nobody who was looked up is
named, by name or number; an officer is, to those who supervise them.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.db.rls import database_now
from asm.db.statements import read_statements
from asm.notify.messages.recipients import administrators, officers_of
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from asm.outbox.drain import Event

_SQL = read_statements(__name__)
_ALARMS: Final = text(_SQL["alarms"])
_GLASSES: Final = text(_SQL["glasses"])
_OPENINGS: Final = text(_SQL["openings"])
_DISPUTES: Final = text(_SQL["disputes"])
USEFUL_FOR: Final = timedelta(days=7)


async def write_alarm_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The supervisors learn that an officer used up the look-ups, looks many people up again and
    again, or stepped up for the first time with a password: once for each officer, cause and day.
    """
    payloads = [event.payload for event in events]
    rows = await session.execute(
        _ALARMS,
        {
            "accounts": [UUID(payload["account_id"]) for payload in payloads],
            "causes": [payload["cause"] for payload in payloads],
            "days": [payload["day"] for payload in payloads],
        },
    )
    await _write(session, [(f"look_up.{row.cause}", _alarm_key(row), row) for row in rows])


def _alarm_key(row: Any) -> str:
    return f"look_up.alarm:{row.officer_id}:{row.cause}:{row.day}"


async def write_glass_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The supervisors learn at once that somebody looks outside their area, and that it waits for a
    review.
    """
    ids = [UUID(event.payload["glass_id"]) for event in events]
    rows = await session.execute(_GLASSES, {"ids": ids})
    await _write(session, [("look_up.glass", f"look_up.glass:{row.id}", row) for row in rows])


async def _write(session: AsyncSession, wanted: Sequence[tuple[str, str, Any]]) -> None:
    now = await database_now(session)
    messages = [
        NewMessage(
            topic=topic,
            event_key=key,
            recipients=[
                Recipient(account_id=account_id, role=PROVINCIAL_OFFICER)
                for account_id in row.supervisors
            ],
            facts={"officer": row.officer, "look_ups": row.look_ups, "people": row.people},
            link="/lookups/seen",
            expires_at=now + USEFUL_FOR,
        )
        for topic, key, row in wanted
    ]
    await write_messages(session, now, messages)


async def write_citizen_alarm_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The administrators learn that unusually many people open all that is in their name: once for
    each day. Whether the identity provider counted as many, only they can ask.
    """
    days = sorted({event.payload["day"] for event in events})
    rows = (await session.execute(_OPENINGS, {"days": days})).all()
    people = await administrators(session)
    now = await database_now(session)
    messages = [
        NewMessage(
            topic="citizen.many",
            event_key=f"citizen.many:{row.day}",
            recipients=people,
            facts={"openings": row.openings},
            link="/",
            expires_at=now + USEFUL_FOR,
        )
        for row in rows
    ]
    await write_messages(session, now, messages)


async def write_dispute_messages(session: AsyncSession, events: Sequence[Event]) -> None:
    """The ward learns that somebody says of a stay in their name: this was not me."""
    rows = (
        await session.execute(
            _DISPUTES,
            {
                "facilities": [event.facility_id for event in events],
                "stays": [UUID(event.payload["stay_id"]) for event in events],
            },
        )
    ).all()
    people = await officers_of(session, {row.ward_code for row in rows})
    now = await database_now(session)
    await write_messages(
        session,
        now,
        [
            NewMessage(
                topic="stay.disputed",
                event_key=f"stay.disputed:{row.stay_id}",
                recipients=people.get(row.ward_code, []),
                facility_id=row.facility_id,
                facts={"facility": row.facility_name, "receipt": row.receipt_number},
                link=f"/ward/stays/{row.facility_id}/{row.stay_id}",
                expires_at=now + USEFUL_FOR,
            )
            for row in rows
        ],
    )
