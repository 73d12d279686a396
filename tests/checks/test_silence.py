"""A facility against its own pattern: Sundays at Lan's, where eight Sundays had guests."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.checks.schedule import TimeWindow
from asm.checks.silence import CHECK_ID, find_silent, night_to_check
from asm.checks.usual_nights import usual_nights
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A
from asm.facilities.closures import ClosureInput, add_closure
from asm.stays.changes import VoidStay
from tests.checks.causes import entry
from tests.checks.desks import Desks, at, check, flags, night
from tests.checks.flags.test_ward_flags import Officer

LATE = at(1, 23, 20)  # Sunday, 1 March 2026


async def open_since(admin_engine: AsyncEngine, day: date) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE facility SET decided_at = :day"), {"day": day})


async def sundays(desks: Desks, login: str, weeks: Any, room: str = "101") -> None:
    for week in weeks:
        arrived = at(1 - 7 * week)
        party = [entry(arrived, arrived + timedelta(hours=15), room=room)]
        await desks.declare_all(login, party)


async def look(worker_engine: AsyncEngine, now: datetime = LATE) -> int:
    await check(worker_engine)
    return await find_silent(worker_engine, TimeWindow(since=now - timedelta(hours=1), now=now))


def standing(flag_rows: list[Any]) -> list[tuple[str, Any]]:
    return [(row.subject, row.facility_id) for row in flag_rows if row.closed_at is None]


@pytest.mark.parametrize(
    ("hour", "minute", "night_checked"),
    [(23, 15, night(1)), (23, 14, None), (7, 59, night(0)), (8, 0, None), (12, 0, None)],
)
def test_when_it_judges(hour: int, minute: int, night_checked: date | None) -> None:
    assert night_to_check(at(1, hour, minute)) == night_checked


async def test_one_flag_for_one_silence(
    desks: Desks, api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await open_since(admin_engine, date(2025, 12, 1))
    await sundays(desks, "lan", (1, 2, 3, 5, 6, 7, 8))
    await sundays(desks, "hai", (1, 2, 3, 4, 5), room="1")  # five of eight: no pattern
    await sundays(desks, "bich", range(1, 9), room="301")
    await desks.declare("bich", None, at(1), at(12))  # silent she is not
    assert await look(worker_engine, at(1, 23)) == 0
    assert await look(worker_engine) == 1
    (flag,) = await flags(admin_engine, CHECK_ID)
    assert (flag.facility_id, flag.ward_code) == (desks.cast.hoa_sen, WARD_A)
    assert flag.evidence == {
        "night": "2026-03-01",
        "recent_nights": 8,
        "recent_declared": 7,
        "usual_guests": 1,
        "year_ago_nights": 0,
        "year_ago_declared": 0,
    }
    # Looked at again, dismissed, silent for another week: still the one flag.
    officer = Officer(api_engine, "minh")
    assert await look(worker_engine) == 0
    await officer.dismiss(flag.id, "đang sửa nhà")
    assert await look(worker_engine, at(8, 23, 20)) == 0
    assert standing(await flags(admin_engine, CHECK_ID)) == [("2026-03-01", desks.cast.hoa_sen)]
    assert await Officer(api_engine, "thao").flags() == []

    (stay,) = await desks.declare_all("lan", [entry(at(1, 22), at(2))], declared_at=at(2, 9))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == []
    await desks.change("lan", stay, VoidStay(reason="nhầm"), at(2, 10))
    assert await look(worker_engine) == 1
    assert standing(await flags(admin_engine, CHECK_ID)) == [("2026-03-01", desks.cast.hoa_sen)]


async def test_the_season_and_closed_or_unknown_nights(
    desks: Desks, api_engine: AsyncEngine, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await sundays(desks, "lan", range(1, 9))
    await open_since(admin_engine, date(2026, 2, 10))  # two Sundays only
    assert await look(worker_engine) == 0
    await open_since(admin_engine, date(2025, 2, 1))  # and nobody came a year ago
    assert await look(worker_engine) == 0
    async with one_transaction(api_engine) as session:
        lan = await actor_of_login(session, "lan")
        seen = await usual_nights(session, [desks.cast.hoa_sen], night(1))
        assert not seen[desks.cast.hoa_sen].expected
        # That low season a year ago it was closed: it says nothing of this one.
        shut = ClosureInput(starts_on=date(2025, 2, 1), ends_on=date(2025, 4, 1), reason="sửa")
        await add_closure(Scope(session, lan), desks.cast.hoa_sen, shut)
    assert await look(worker_engine) == 1
    async with one_transaction(api_engine) as session:
        lan = await actor_of_login(session, "lan")
        tonight = ClosureInput(starts_on=night(1), ends_on=night(3), reason="nghỉ")
        await add_closure(Scope(session, lan), desks.cast.hoa_sen, tonight)
    assert await look(worker_engine) == 1  # the one it closes
    assert standing(await flags(admin_engine, CHECK_ID)) == []
    assert await look(worker_engine) == 0
