"""Tell the ward's officers of flags: each by its severity, and once a morning what still waits.

A flag is told when it is raised and again when it is raised anew; what has one cause and came at
once is one message, and the digest counts cases. The facility is never told: a
flag may be about something that it must not know.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import vietnam_time
from asm.db.locks import Lock, try_to_hold
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.notify.messages.recipients import officers_of
from asm.notify.messages.reminders import due_topics, mark_done
from asm.notify.messages.write_messages import NewMessage, write_messages

BATCH: Final = 200
DIGEST: Final = "flag.digest"
#: A flag that could not be sent out within a day is in the digest by then.
USEFUL_FOR: Final = timedelta(days=1)

_SQL = read_statements(__name__)
_WITHOUT_MESSAGE = text(_SQL["without_message"])
_WAITING = text(_SQL["waiting"])


async def write_flag_messages(engine: AsyncEngine, now: datetime | None = None) -> int:
    """Tell of up to 200 flags; how many there were, so that the caller knows whether to go on."""
    async with one_transaction(engine) as session:
        if not await try_to_hold(session, Lock.WRITE_FLAG_MESSAGES):
            return 0
        now = now or await database_now(session)
        rows = (await session.execute(_WITHOUT_MESSAGE, {"batch": BATCH})).all()
        officers = await officers_of(session, {row.ward_code for row in rows})
        await write_messages(
            session,
            now,
            [
                NewMessage(
                    topic=f"flag.{row.severity}",
                    event_key=f"flag:{row.id}:{row.raised_at.isoformat()}",
                    recipients=officers.get(row.ward_code, []),
                    facility_id=row.facility_id,
                    facts={"facility": row.name, "check_id": row.check_id},
                    link=f"/ward/flags/{row.id}",
                    expires_at=now + USEFUL_FOR,
                )
                for row in _first_of_each_cause(rows)
            ],
        )
        return len(rows)


def _first_of_each_cause(rows: Sequence[Any]) -> list[Any]:
    """Thirty-five guests of one late workbook are one message."""
    first: dict[tuple[str, str, str], Any] = {}
    for row in sorted(rows, key=lambda row: (row.raised_at, row.id)):
        first.setdefault((row.ward_code, row.cause, row.severity), row)
    return list(first.values())


async def send_digests(engine: AsyncEngine, now: datetime | None = None) -> int:
    """In the morning hours of `notice_time`, once a day: what waits in each ward."""
    async with one_transaction(engine) as session:
        now = now or await database_now(session)
        if DIGEST not in await due_topics(session, now):
            return 0
        count = await _digests(session, now)
        await mark_done(session, DIGEST, now)
        return count


async def _digests(session: AsyncSession, now: datetime) -> int:
    rows = (await session.execute(_WAITING, {"now": now})).mappings().all()
    officers = await officers_of(session, {row["ward_code"] for row in rows})
    written = await write_messages(
        session, now, [_digest(row, now, officers.get(row["ward_code"], [])) for row in rows]
    )
    return written.messages


def _digest(row: Any, now: datetime, people: list[Any]) -> NewMessage:
    return NewMessage(
        topic=DIGEST,
        event_key=f"{DIGEST}:{row['ward_code']}:{vietnam_time(now).date()}",
        recipients=people,
        facts={name: row[name] for name in ("total", "high", "medium", "low", "fresh")},
        link="/ward/flags",
        expires_at=now + USEFUL_FOR,
    )
