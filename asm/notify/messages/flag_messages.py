"""Tell the ward's officers of flags: each by its severity, and once a morning what still waits.

A flag is told when it is raised and again when it is raised anew. The facility is never told: a
flag may be about something that it must not know.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import vietnam_time
from asm.db.locks import Lock, try_to_hold
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.notify.messages.recipients import officers_of
from asm.notify.messages.reminders import due_topics, mark_done
from asm.notify.messages.write_messages import NewMessage, write_messages

BATCH: Final = 200
DIGEST: Final = "flag.digest"
#: A flag that could not be sent out within a day is in the digest by then.
USEFUL_FOR: Final = timedelta(days=1)

# Marked in the statement that finds them: two workers never tell of the same one.
_WITHOUT_MESSAGE = text("""
UPDATE flag SET told_at = clock_timestamp() FROM facility
WHERE facility.id = flag.facility_id AND (flag.facility_id, flag.id) IN (
  SELECT facility_id, id FROM flag
  WHERE closed_at IS NULL AND dismissed_at IS NULL AND (told_at IS NULL OR told_at < raised_at)
  ORDER BY raised_at LIMIT :batch)
RETURNING flag.facility_id, flag.id, flag.ward_code, flag.severity, flag.check_id, flag.raised_at,
  facility.name
""")
_WAITING = text("""
SELECT ward_code, count(*) AS total, count(*) FILTER (WHERE severity = 'high') AS high,
  count(*) FILTER (WHERE severity = 'medium') AS medium,
  count(*) FILTER (WHERE severity = 'low') AS low,
  count(*) FILTER (WHERE raised_at > CAST(:now AS timestamptz) - interval '1 day') AS fresh
FROM flag WHERE closed_at IS NULL AND dismissed_at IS NULL GROUP BY ward_code ORDER BY ward_code
""")


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
                    link="/ward#flags",
                    expires_at=now + USEFUL_FOR,
                )
                for row in rows
            ],
        )
        return len(rows)


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
        link="/ward#flags",
        expires_at=now + USEFUL_FOR,
    )
