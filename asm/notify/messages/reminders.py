"""Remind facilities of the night, at the hours that the table `notice_time` gives.

What the data knows is who has told nothing: an active facility, not closed tonight, without a stay
that covers the night or began in it. Whether anybody sleeps there it cannot know, and the words say
so. After the hour of the law (Residence Law Art. 30: 23:00) it also knows the guests who should
have left and whom nobody has checked out. Each facility is told once for each topic and night.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import NO_FACILITY, VIETNAM, vietnam_time
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.facilities.nights import MORNING, current_night
from asm.notify.messages.recipients import people_of
from asm.notify.messages.write_messages import NewMessage, write_messages
from asm.notify.model import notice_run, notice_time
from asm.stays.queries import IN_HOUSE_DAYS

REMINDERS: Final = ("reminder.early", "reminder.last", "reminder.overdue")
#: Facilities looked at in one transaction.
CHUNK: Final = 500
#: A departure that was planned within so many days still counts as forgotten, not as history.
FORGOTTEN_DAYS: Final = 30

_SQL = read_statements(__name__)
_SILENT = text(_SQL["silent"])


class Reminded(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the clock came to."""

    topics: list[str] = []
    messages: int = 0


async def remind(engine: AsyncEngine, now: datetime | None = None) -> Reminded:
    """Send the reminders whose hour it is and that this night has not had. `now`: the database's
    clock unless a test passes another. Harmless to run twice, and at once in two workers.
    """
    async with one_transaction(engine) as session:
        now = now or await database_now(session)
        due = [topic for topic in await due_topics(session, now) if topic in REMINDERS]
    messages = 0
    for topic in due:
        after: UUID | None = NO_FACILITY
        while after is not None:
            async with one_transaction(engine) as session:
                after, count = await _remind_some(session, topic, now, after)
            messages += count
        async with one_transaction(engine) as session:
            await mark_done(session, topic, now)
    return Reminded(topics=due, messages=messages)


async def due_topics(session: AsyncSession, now: datetime) -> list[str]:
    """Topics whose hours `now` lies in and that were not yet done in them."""
    local = vietnam_time(now)
    rows = (await session.execute(select(notice_time).order_by(notice_time.c.starts))).all()
    inside = {
        row.topic: _day(local, row.starts, row.ends)
        for row in rows
        if within(local.time(), row.starts, row.ends)
    }
    done = await session.execute(
        select(notice_run.c.topic, notice_run.c.night).where(notice_run.c.topic.in_(inside))
    )
    already = {(row.topic, row.night) for row in done}
    return [topic for topic, day in inside.items() if (topic, day) not in already]


def within(local: time, starts: time, ends: time) -> bool:
    """Is it from `starts` up to, not including, `ends`? `ends` may lie after midnight."""
    if starts <= ends:
        return starts <= local < ends
    return local >= starts or local < ends


def _day(local: datetime, starts: time, ends: time) -> date:
    """The date on which the hours began that `local` lies in."""
    after_midnight = starts > ends and local.time() < ends
    return local.date() - timedelta(days=1) if after_midnight else local.date()


async def mark_done(session: AsyncSession, topic: str, now: datetime) -> None:
    """Not again in these hours."""
    local = vietnam_time(now)
    hours = select(notice_time.c.starts, notice_time.c.ends).where(notice_time.c.topic == topic)
    row = (await session.execute(hours)).one()
    await session.execute(
        insert(notice_run)
        .values(topic=topic, night=_day(local, row.starts, row.ends))
        .on_conflict_do_nothing()
    )


def morning_after(night: date) -> datetime:
    """08:00 after `night`, when it is over: reminders of it are of no use any more."""
    return datetime.combine(night + timedelta(days=1), MORNING, VIETNAM)


async def _remind_some(
    session: AsyncSession, topic: str, now: datetime, after: UUID
) -> tuple[UUID | None, int]:
    night = current_night(now)
    result = await session.execute(
        _SILENT,
        {
            "after": after,
            "chunk": CHUNK,
            "night": night,
            "now": now,
            "earliest": night - timedelta(days=IN_HOUSE_DAYS),
            "forgotten": FORGOTTEN_DAYS,
            "zone": VIETNAM.key,
            "morning": MORNING,
        },
    )
    rows = result.all()
    wanted = [row for row in rows if row.expected and _concerns(topic, row)]
    people = await people_of(session, [row.id for row in wanted])
    written = await write_messages(
        session, now, [_message(topic, night, row, people.get(row.id, [])) for row in wanted]
    )
    return (rows[-1].id if len(rows) == CHUNK else None), written.messages


def _concerns(topic: str, row: Any) -> bool:
    if topic == "reminder.overdue":
        return not row.declared or row.departures_overdue > 0
    return not row.declared


def _message(topic: str, night: date, row: Any, people: list[Any]) -> NewMessage:
    return NewMessage(
        topic=topic,
        event_key=f"{topic}:{night}",
        recipients=people,
        facility_id=row.id,
        facts={
            "facility": row.name,
            "night": night.isoformat(),
            "silent": not row.declared,
            "departures_overdue": row.departures_overdue,
        },
        link=f"/desk/{row.id}",
        expires_at=morning_after(night),
    )
