from datetime import date

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.ledger import count_stays
from asm.analytics.totals.model import totals_state
from asm.db.base import new_id
from asm.db.session import one_transaction
from asm.outbox.drain import Event
from asm.outbox.topics import Topic
from tests.analytics.invented import at, random_town, store
from tests.analytics.totals.recount import assert_totals_are_right
from tests.analytics.totals.stored_town import DAY

NOON = at(date(2026, 3, 10), 12)


def events_of(stays: list[dict]) -> list[Event]:
    return [
        Event(
            facility_id=row["facility_id"],
            id=new_id(),
            topic=Topic.STAY_CHANGED,
            payload={"stay_id": str(row["id"])},
        )
        for row in stays
    ]


#: Either side of each class of lengths.
NIGHTS = (1, 2, 3, 4, 6, 7, 13, 14, 29, 30, 31)


async def test_a_town_in_batches_and_the_last_once_more(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    town = random_town(11, NOON)
    ended = [
        row for row in town.stays if row["end_night"] and row["end_night"] > row["first_night"]
    ]
    for nights, row in zip(NIGHTS, ended, strict=False):
        row["end_night"] = row["first_night"] + nights * DAY
    await store(admin_session, town)
    await admin_session.execute(
        update(totals_state).values(
            first_night=NOON.date() - 60 * DAY, last_night=NOON.date() - 60 * DAY
        )
    )
    await admin_session.commit()
    events = events_of(town.stays)
    for start in range(0, len(events), 100):
        async with one_transaction(worker_engine) as session:
            await count_stays(session, events[start : start + 100], NOON)
    async with one_transaction(worker_engine) as session:
        await count_stays(session, events[start : start + 100], NOON)
    first = NOON.date() - 60 * DAY
    await assert_totals_are_right(admin_session, NOON.date(), first, as_written=True)
