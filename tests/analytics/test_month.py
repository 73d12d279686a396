from datetime import date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.analytics.month import Month, ward_month
from asm.errors import NotFound
from tests.analytics.count_rows import count_rows
from tests.analytics.invented import WARD, Town, a_facility, a_stay, at, random_town, store
from tests.analytics.test_tonight import EVENING, officer

TODAY = date(2026, 3, 10)
NOON = at(TODAY, 12)


async def figures(session: AsyncSession, now: datetime = NOON) -> Month:
    return await ward_month(Scope(session, await officer(session, now)), WARD)


async def test_the_window_is_thirty_nights_that_end_with_last_night(
    db_session: AsyncSession,
) -> None:
    month = await figures(db_session)
    assert (month.first_night, month.last_night) == (date(2026, 2, 8), date(2026, 3, 9))
    assert [day.night for day in month.days][::29] == [month.first_night, month.last_night]
    assert len(month.days) == 30
    assert [day.provisional for day in month.days] == [False] * 23 + [True] * 7
    assert (await figures(db_session, at(TODAY, 7))).last_night == date(2026, 3, 8)
    assert month.average_nights is None
    assert month.coverage_percent is None


async def test_lengths_origins_and_tourism(
    admin_session: AsyncSession,
    db_session: AsyncSession,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    town = Town()
    hotel = a_facility(town, NOON - timedelta(days=90))
    day = TODAY - timedelta(days=20)
    a_stay(town, hotel, at(day, 15), at(day + timedelta(days=1), 11))  # one night
    a_stay(town, hotel, at(day, 15), at(day + timedelta(days=5), 11), residence_province="48")
    a_stay(town, hotel, at(day, 1), at(day, 9), residence_province=None)  # after midnight: one
    a_stay(town, hotel, at(day, 9), at(day, 12), hourly=True, residence_country="JPN")
    a_stay(town, hotel, at(day, 9), at(day, 12), residence_country="JPN")  # of the day alone
    a_stay(
        town,
        hotel,
        at(day, 15),
        at(day + timedelta(days=9), 11),
        departed_at=at(day + timedelta(days=2), 6),  # left early: two nights
        tourism=False,
        residence_country="KOR",
        residence_province=None,
        foreigner=True,
    )
    a_stay(town, hotel, at(day, 15), at(day + timedelta(days=5), 11), voided_at=NOON)
    a_stay(town, hotel, at(TODAY - timedelta(days=60), 15))  # nobody ended it: every night
    await store(admin_session, town)
    await count_rows(admin_engine, worker_engine, NOON)
    month = await figures(db_session)
    assert (month.arrivals, month.guest_nights, month.hourly) == (4, 1 + 5 + 1 + 2 + 30, 2)
    assert month.average_nights == 9.75
    assert [(o.kind, o.code, o.name, o.arrivals, o.guest_nights) for o in month.origins] == [
        ("province", "79", "Thành phố Hồ Chí Minh", 1, 31),
        ("province", "48", "Thành phố Đà Nẵng", 1, 5),
        ("country", "KOR", None, 1, 2),
    ]
    assert msgspec.structs.astuple(month.unknown_residence) == (1, 1)  # it was not told
    assert msgspec.structs.astuple(month.tourism) == (3, 37, 12.33, 1, 2)
    assert month.coverage_percent == 100.0
    slept = {each.night: each.guest_nights for each in month.days}
    assert slept[day - timedelta(days=1)] == 2
    assert slept[day] == 4


async def test_nights_cross_the_edges_of_months_and_of_the_window(
    admin_session: AsyncSession,
    db_session: AsyncSession,
    admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    town = Town()
    hotel = a_facility(town, at(date(2026, 2, 28), 10))
    a_stay(town, hotel, at(date(2026, 2, 27), 15), at(date(2026, 3, 2), 11))
    a_stay(town, hotel, at(date(2026, 2, 1), 15), at(date(2026, 2, 9), 11))  # last night counts
    a_stay(town, hotel, at(date(2026, 3, 9), 23), at(date(2026, 3, 20), 11))  # first night counts
    a_stay(town, hotel, at(date(2026, 3, 10), 1), at(date(2026, 3, 10), 7))  # of 9 March
    a_stay(town, hotel, at(TODAY, 9), at(date(2026, 3, 20), 11))  # tonight: not yet
    await store(admin_session, town)
    await count_rows(admin_engine, worker_engine, NOON)
    month = await figures(db_session)
    slept = {day.night.isoformat(): day.guest_nights for day in month.days if day.guest_nights}
    assert slept == {
        "2026-02-08": 1,
        "2026-02-27": 1,
        "2026-02-28": 1,
        "2026-03-01": 1,
        "2026-03-09": 2,
    }
    assert (month.arrivals, month.guest_nights) == (3, 6)
    active = [day.night.isoformat() for day in month.days if day.facilities_active]
    assert active[0] == "2026-02-28"


async def test_only_the_wards_officer_gets_exact_figures(db_session: AsyncSession) -> None:
    thao = await officer(db_session, EVENING, "00004")
    with pytest.raises(NotFound, match="ward_not_found"):
        await ward_month(Scope(db_session, thao), WARD)


async def test_eleven_statements_whatever_the_size(
    admin_session: AsyncSession, db_session: AsyncSession, api_engine: AsyncEngine
) -> None:
    await store(admin_session, random_town(7, NOON))
    actor = await officer(db_session, NOON)
    statements: list[str] = []
    event.listen(
        api_engine.sync_engine,
        "before_cursor_execute",
        lambda *args: statements.append(args[2]),
    )
    await ward_month(Scope(db_session, actor), WARD)
    assert len(statements) == 11
