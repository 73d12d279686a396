from datetime import date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.analytics.tonight import Tonight, ward_tonight
from asm.db.base import new_id
from asm.db.rls import enter_scope
from asm.errors import NotFound
from asm.facilities.nights import current_night
from tests.analytics import counted
from tests.analytics.invented import (
    WARD,
    Town,
    a_closure,
    a_facility,
    a_room,
    a_stay,
    at,
    random_town,
    store,
)

DAY = date(2026, 11, 21)
EVENING = at(DAY, 21)


async def officer(session: AsyncSession, now: datetime, ward_code: str = WARD) -> Actor:
    """The ward's officer at `now`, with the row-level scope opened."""
    actor = Actor(
        id=new_id(),
        login="officer",
        display_name="Cán bộ",
        role="ward_officer",
        language="vi",
        ward_code=ward_code,
        facility_ids=frozenset(),
        now=now,
    )
    await enter_scope(session, actor=actor.id, role=actor.role, ward=ward_code, facilities=())
    return actor


async def figures(session: AsyncSession, now: datetime = EVENING) -> Tonight:
    return await ward_tonight(Scope(session, await officer(session, now)), WARD)


@pytest.mark.parametrize(
    ("seed", "now"),
    [
        (1, EVENING),
        (2, at(date(2026, 3, 1), 3)),  # after midnight, over the end of February
        (3, at(date(2027, 1, 1), 7, 59)),
        (4, at(date(2026, 5, 1), 8)),
        (5, at(date(2024, 2, 29), 23, 30)),
    ],
)
async def test_the_night_agrees_with_counting_one_by_one(
    admin_session: AsyncSession, db_session: AsyncSession, seed: int, now: datetime
) -> None:
    town = random_town(seed, now)
    await store(admin_session, town)
    actor = await officer(db_session, now)
    for night in (current_night(now), current_night(now) - timedelta(days=9)):
        tonight = await ward_tonight(Scope(db_session, actor), WARD, night)
        expected = counted.tonight(town, night, now)
        if night != current_night(now):
            # Who is overdue is a question about now: an earlier night sees fewer stays.
            expected.pop("overdue_departures")
        assert {name: getattr(tonight, name) for name in expected} == expected


async def test_an_empty_ward_has_zeros_and_no_percentages(db_session: AsyncSession) -> None:
    tonight = await figures(db_session)
    assert (tonight.night, tonight.guests, tonight.facilities_active) == (DAY, 0, 0)
    assert tonight.bed_occupancy_percent is None
    assert tonight.room_occupancy_percent is None
    assert tonight.coverage_percent is None


async def test_occupancy_and_coverage(
    admin_session: AsyncSession, db_session: AsyncSession
) -> None:
    town = Town()
    since = EVENING - timedelta(days=90)
    hotel = a_facility(town, since)
    shut = a_facility(town, since)
    silent = a_facility(town, since, phone="0249999999")
    home = a_facility(town, since, kind="household")
    for name in ("101", "102", "103"):
        a_room(town, hotel, name, DAY - timedelta(days=80))
    a_room(town, hotel, "104", DAY - timedelta(days=80), closed_on=DAY)
    a_room(town, hotel, "105", DAY + timedelta(days=1))
    a_room(town, shut, "1", DAY - timedelta(days=80), beds=500)
    a_closure(town, shut, DAY, DAY + timedelta(days=1))
    for room_name in ("101", "101", "102", None):
        a_stay(town, hotel, at(DAY, 14), at(DAY + timedelta(days=1), 11), room_name=room_name)
    a_stay(town, home, at(DAY, 20), foreigner=True)
    last = a_stay(town, silent, at(DAY - timedelta(days=9), 14), at(DAY - timedelta(days=8), 11))
    a_stay(town, silent, at(DAY - timedelta(days=5), 14), voided_at=EVENING)
    await store(admin_session, town)
    tonight = await figures(db_session)
    assert (tonight.guests, tonight.foreigners) == (5, 1)
    assert (tonight.beds_open, tonight.guests_in_beds, tonight.bed_occupancy_percent) == (
        6,
        4,
        66.7,
    )
    assert (tonight.rooms_open, tonight.rooms_occupied, tonight.room_occupancy_percent) == (
        3,
        2,
        66.7,
    )
    assert (tonight.facilities_active, tonight.facilities_declared) == (3, 2)
    assert tonight.coverage_percent == 66.7
    (quiet,) = tonight.silent
    assert (quiet.id, quiet.phone) == (silent, "0249999999")
    assert quiet.last_declared_at == last["received_at"]
    assert [(facility.id, facility.guests) for facility in tonight.declared] == [
        (hotel, 4),
        (home, 1),
    ]
    assert tonight.overdue_departures == 1


@pytest.mark.parametrize(
    ("hour", "night"), [(2, DAY - timedelta(days=1)), (7, DAY - timedelta(days=1)), (8, DAY)]
)
async def test_before_eight_it_is_still_last_night(
    db_session: AsyncSession, hour: int, night: date
) -> None:
    assert (await figures(db_session, at(DAY, hour))).night == night


async def test_a_guest_after_midnight_is_in_the_night_in_progress(
    admin_session: AsyncSession, db_session: AsyncSession
) -> None:
    town = Town()
    hotel = a_facility(town, at(DAY, 2))  # activated in the same night
    a_stay(town, hotel, at(DAY, 2, 30), at(DAY, 11))
    await store(admin_session, town)
    tonight = await figures(db_session, at(DAY, 3))
    assert (tonight.night, tonight.guests) == (DAY - timedelta(days=1), 1)
    assert tonight.coverage_percent == 100.0
    assert (await figures(db_session, at(DAY, 12))).guests == 0


async def test_a_guest_declared_twice_is_one_guest(
    admin_session: AsyncSession, db_session: AsyncSession
) -> None:
    town = Town()
    first = a_facility(town, EVENING - timedelta(days=9))
    second = a_facility(town, EVENING - timedelta(days=9))
    forgotten = a_stay(town, first, at(DAY - timedelta(days=3), 14), superseded_from=DAY)
    a_stay(town, second, at(DAY, 14))
    a_stay(town, second, at(DAY - timedelta(days=2), 14), person_ref=town.stays[1]["person_ref"])
    assert counted.sleeps(forgotten, DAY)
    await store(admin_session, town)
    tonight = await figures(db_session)
    assert (tonight.guests, tonight.conflicts) == (1, 1)
    assert tonight.facilities_declared == 2


async def test_only_the_wards_officer_gets_exact_figures(db_session: AsyncSession) -> None:
    thao = await officer(db_session, EVENING, "00004")
    with pytest.raises(NotFound, match="ward_not_found"):
        await ward_tonight(Scope(db_session, thao), WARD)
    clerk = msgspec.structs.replace(thao, role="administrator", ward_code=None)
    with pytest.raises(NotFound, match="ward_not_found"):
        await ward_tonight(Scope(db_session, clerk), WARD)


async def test_six_statements_whatever_the_size(
    admin_session: AsyncSession, db_session: AsyncSession, api_engine: AsyncEngine
) -> None:
    await store(admin_session, random_town(7, EVENING))
    actor = await officer(db_session, EVENING)
    statements: list[str] = []
    event.listen(
        api_engine.sync_engine,
        "before_cursor_execute",
        lambda *args: statements.append(args[2]),
    )
    await ward_tonight(Scope(db_session, actor), WARD)
    assert len(statements) == 6
