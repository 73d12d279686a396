"""Use by the hour that lasted past 05:00 was a night, to the totals and to tonight's list alike."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.tonight import ward_tonight
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A
from asm.stays.changes import Amend, Depart
from tests.analytics.totals.kept import assert_right, follow_up
from tests.checks.desks import Desks, at, night

NOW = at(20)


async def test_by_the_hour_into_the_morning_is_a_night(
    desks: Desks, admin_engine: AsyncEngine, admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    into = await desks.declare("lan", "001095000001", at(3, 22), at(4, 6), hourly=True)
    await desks.declare("lan", "001095000002", at(3, 22), at(4, 5), hourly=True)
    open_end = await desks.declare("hai", "001095000003", at(3, 23), hourly=True)
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)
    assert await _counted(admin_session) == (1, 1, 2)
    assert await _tonight(admin_engine) == (1, 2)

    await desks.change("hai", open_end, Depart(departed_at=at(4, 5, 30)), at(4, 6))
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)
    assert await _counted(admin_session) == (2, 2, 1)
    assert await _tonight(admin_engine) == (2, 1)

    await desks.change("lan", into, Amend(planned_departure_at=at(4, 1)), at(4, 6))
    await follow_up(worker_engine, NOW)
    await assert_right(admin_session, NOW)
    assert await _counted(admin_session) == (1, 1, 2)
    declared = await admin_session.execute(text("SELECT bool_and(hourly) FROM stay"))
    assert declared.scalar_one()  # only the counting turns


async def _counted(session: AsyncSession) -> tuple[int, ...]:
    row = await session.execute(
        text("SELECT sum(arrivals), sum(guest_nights), sum(hourly) FROM night_total")
    )
    await session.rollback()
    return tuple(int(each) for each in row.one())


async def _tonight(engine: AsyncEngine) -> tuple[int, int]:
    async with make_sessions(engine)() as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        tonight = await ward_tonight(scope, WARD_A, night(3))
    return tonight.guests, tonight.hourly_today
