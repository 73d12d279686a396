"""Totals that follow the cast's desks of March 2026, on a clock that is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.capacity import refresh_capacity
from asm.analytics.totals.ledger import count_stays
from asm.analytics.totals.nights import keep_open
from asm.analytics.totals.rolled import differing_rolls
from asm.checks.registry import check_stays
from asm.db.session import make_sessions
from asm.facilities.nights import current_night
from asm.outbox.drain import Event, Handler, drain
from asm.outbox.topics import Topic
from tests.analytics.totals.recount import assert_totals_are_right
from tests.checks.desks import night

#: Before the first night of any desk here.
FIRST = night(1) - timedelta(days=40)
_OPEN_SINCE = (
    f"UPDATE facility SET registered_at = '{FIRST}', decided_at = '{FIRST}'",
    f"UPDATE room SET opened_on = '{FIRST}'",
    f"UPDATE totals_state SET first_night = '{FIRST}', last_night = '{FIRST - timedelta(days=1)}'",
    "DELETE FROM outbox",
)


async def open_since(engine: AsyncEngine) -> None:
    """As if the cast's houses had been open, and counted, since FIRST."""
    async with make_sessions(engine).begin() as session:
        for statement in _OPEN_SINCE:
            await session.execute(text(statement))


def handlers(now: datetime) -> dict[str, Handler]:
    """What the worker does about totals, and about what totals go by, as if it were `now`."""

    async def follow(session: AsyncSession, events: Sequence[Event]) -> None:
        await check_stays(session, events, now)
        await count_stays(session, events, now)

    return {
        Topic.STAY_CHANGED: follow,
        Topic.STAY_RECOUNT: partial(count_stays, now=now),
        Topic.CAPACITY_CHANGED: partial(refresh_capacity, now=now),
    }


async def follow_up(engine: AsyncEngine, now: datetime, limit: int = 200) -> None:
    """Empty the outbox, and open the nights that have begun."""
    for _ in range(500):
        report = await drain(engine, handlers(now), limit)
        assert (report.failed, report.dead) == (0, 0)
        if not report.remaining:
            await keep_open(engine, now)
            return
    raise AssertionError("the worker goes round in circles")


async def send_again(engine: AsyncEngine, stays: Sequence[tuple[UUID, UUID]]) -> None:
    """Events of stays of which nothing is new."""
    async with make_sessions(engine).begin() as session:
        for facility_id, stay_id in stays:
            await session.execute(
                text(
                    "INSERT INTO outbox (facility_id, id, topic, payload) VALUES (:facility, "
                    "gen_random_uuid(), 'stay.recount', "
                    "jsonb_build_object('stay_id', CAST(:stay AS text)))"
                ),
                {"facility": facility_id, "stay": str(stay_id)},
            )


async def assert_right(session: AsyncSession, now: datetime) -> None:
    """All totals up to the night of `now` are what counting one by one gives, and so are the sums
    of them.
    """
    await assert_totals_are_right(session, current_night(now), FIRST)
    assert await differing_rolls(session, FIRST, current_night(now)) == []
