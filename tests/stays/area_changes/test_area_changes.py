"""A change of areas from its file to the officer's figures: an invented split, never seeded."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.analytics.month import ward_month
from asm.analytics.tonight import Tonight, ward_tonight
from asm.db.base import vietnam_time
from asm.db.rls import database_now
from asm.db.session import make_sessions
from asm.demo.ward_split import EAST, WEST, invented_split
from asm.errors import Conflict, Invalid
from asm.geo.areas.wards import ward_at
from asm.geo.points import Point
from asm.stays.area_changes import change_areas
from tests.analytics.count_rows import count_rows
from tests.analytics.invented import WARD, Town, a_facility, a_room, a_stay, at, store
from tests.analytics.test_tonight import officer
from tests.analytics.totals.kept import follow_up


@dataclass
class Split:
    """The halves of the ward, one facility in each, and the day on which they become wards."""

    file: Path
    day: date
    west: UUID
    east: UUID
    points: dict[str, Point]


def _town(day: date) -> tuple[Town, UUID, UUID]:
    """Two hotels; in each a guest over the day of the split and one who left before, and in the
    eastern one a guest who came after it.
    """
    town = Town()
    west = a_facility(town, at(day - timedelta(days=40), 9))
    east = a_facility(town, at(day - timedelta(days=40), 9))
    for facility_id in (west, east):
        a_room(town, facility_id, "101", day - timedelta(days=40))
        a_stay(
            town,
            facility_id,
            at(day - timedelta(days=3), 15),
            at(day + timedelta(days=2), 11),
            room_name="101",
        )
        a_stay(town, facility_id, at(day - timedelta(days=4), 15), at(day - timedelta(days=2), 11))
    a_stay(town, east, at(day + timedelta(days=1), 15), at(day + timedelta(days=2), 11))
    return town, west, east


@pytest.fixture
async def split(admin_engine: AsyncEngine, tmp_path: Path) -> Split:
    async with make_sessions(admin_engine)() as session:
        day = vietnam_time(await database_now(session)).date() - timedelta(days=5)
        town, west, east = _town(day)
        await store(session, town)
        event = await invented_split(session, WARD, day)
        halves = {
            ward["code"]: shapely.from_geojson(json.dumps(ward["geometry"]))
            for ward in event["wards"]
        }
        points = {}
        for code, facility_id in ((WEST, west), (EAST, east)):
            inside = halves[code].representative_point()
            points[code] = Point(lon=inside.x, lat=inside.y)
            await session.execute(
                text("UPDATE facility SET point = ST_SetSRID(ST_MakePoint(:x, :y), 4326) "
                     "WHERE id = :id"),
                {"x": inside.x, "y": inside.y, "id": facility_id},
            )  # fmt: skip
        await session.commit()
    file = tmp_path / "split.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    return Split(file=file, day=day, west=west, east=east, points=points)


@asynccontextmanager
async def as_officer(engine: AsyncEngine, ward: str) -> AsyncIterator[tuple[AsyncSession, Actor]]:
    async with make_sessions(engine)() as session:
        yield session, await officer(session, await database_now(session), ward)


async def night_of(engine: AsyncEngine, ward: str, night: date) -> Tonight:
    async with as_officer(engine, ward) as (session, actor):
        return await ward_tonight(Scope(session, actor), ward, night)


def _people(tonight: Tonight) -> tuple[int, int, int, int, int]:
    return (
        tonight.guests, tonight.facilities_active, tonight.facilities_declared, tonight.rooms_open,
        tonight.rooms_occupied,
    )  # fmt: skip


async def test_figures_of_the_past_stay_with_the_ward_of_their_day(
    split: Split, admin_engine: AsyncEngine, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    now = at(split.day + timedelta(days=5), 12)
    await count_rows(admin_engine, worker_engine, now)
    eve = split.day - timedelta(days=1)
    before = await night_of(api_engine, WARD, eve)
    assert before.guests == 2
    async with as_officer(api_engine, WARD) as (session, actor):
        month_before = {d.night: d for d in (await ward_month(Scope(session, actor), WARD)).days}

    change = await change_areas(admin_engine, split.file)
    assert (change.facilities_moved, change.stays_handed_over, change.settled) == (2, 3, True)
    assert change.event.lost_km2 < 0.01
    await follow_up(worker_engine, now)

    # The night before the split: all as it was, for the ward of that night alone.
    assert _people(await night_of(api_engine, WARD, eve)) == _people(before)
    assert _people(await night_of(api_engine, WEST, eve)) == (0, 0, 0, 0, 0)
    # The night of the split and the one after: each new ward has its own.
    assert _people(await night_of(api_engine, WARD, split.day)) == (0, 0, 0, 0, 0)
    assert _people(await night_of(api_engine, WEST, split.day)) == (1, 1, 1, 1, 1)
    assert (await night_of(api_engine, EAST, split.day + timedelta(days=1))).guests == 2
    async with as_officer(api_engine, WARD) as (session, actor):
        month = {d.night: d for d in (await ward_month(Scope(session, actor), WARD)).days}
    for night, figures in month.items():
        if night < split.day:
            assert figures == month_before[night], night
        else:
            assert (figures.arrivals, figures.guest_nights, figures.facilities_active) == (0, 0, 0)
    async with as_officer(api_engine, EAST) as (session, actor):
        east = await ward_month(Scope(session, actor), EAST)
    assert (east.arrivals, east.guest_nights) == (1, 3)


async def test_the_ward_before_sees_no_more_than_it_did(
    split: Split, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    await change_areas(admin_engine, split.file)
    rows = text(
        "SELECT (SELECT count(*) FROM stay), (SELECT count(*) FROM stay WHERE ward_code = :ward), "
        "(SELECT count(*) FROM facility), (SELECT count(*) FROM facility_ward_past)"
    )
    seen = {}
    for ward in (WARD, WEST, EAST, "00025"):
        async with as_officer(api_engine, ward) as (session, _):
            seen[ward] = tuple((await session.execute(rows, {"ward": ward})).one())
    # Of its past: what ended, and what was handed over; not the guest who came after the split.
    assert seen[WARD] == (4, 2, 2, 2)
    assert seen[WEST] == (1, 1, 1, 0)
    assert seen[EAST] == (2, 2, 1, 0)
    assert seen["00025"] == (0, 0, 0, 0)


async def test_areas_of_a_day_on_both_sides(
    split: Split, admin_engine: AsyncEngine, db_session: AsyncSession
) -> None:
    await change_areas(admin_engine, split.file)
    for code, point in split.points.items():
        assert (await ward_at(db_session, point)).code == code
        assert (await ward_at(db_session, point, split.day)).code == code
        eve = split.day - timedelta(days=1)
        assert (await ward_at(db_session, point, eve)).code == WARD


async def test_an_event_is_recorded_once_and_a_dry_run_changes_nothing(
    split: Split, admin_engine: AsyncEngine
) -> None:
    state = text("SELECT (SELECT count(*) FROM ward), (SELECT count(*) FROM area_event), "
                 "(SELECT count(*) FROM facility WHERE ward_since IS NOT NULL)")  # fmt: skip

    async def now() -> tuple[int, ...]:
        async with make_sessions(admin_engine)() as session:
            return tuple((await session.execute(state)).one())

    before = await now()
    tried = await change_areas(admin_engine, split.file, dry_run=True)
    assert (tried.dry_run, tried.facilities_moved) == (True, 2)
    assert await now() == before
    await change_areas(admin_engine, split.file)
    after = await now()
    assert after == (before[0] + 2, before[1] + 1, 2)
    again = await change_areas(admin_engine, split.file)
    assert (again.event.already, again.facilities_moved, again.stays_handed_over) == (True, 0, 0)
    assert await now() == after


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened_on": "2999-01-01"}, "event_in_future"),
        ({"happened_on": "2025-07-01"}, "before_its_form"),
        ({"ended": ["99999"]}, "ward_unknown"),
        ({"ended": [WARD, WARD]}, "ward_repeated"),
        ({"wards": [], "ended": []}, "event_malformed"),
        ({"ended": [], "wards": [], "provinces": [
            {"code": "98", "name": "Tỉnh Mẫu", "kind": "province"}]}, "province_unknown"),
        ({"colour": "red"}, "event_malformed"),
        ({"ended": [WARD, "00025"]}, "areas_do_not_match"),
        ({"ended": [WARD], "wards": [{"code": WEST, "name": "Phường Mẫu", "kind": "phuong",
            "province_code": "01"}]}, "boundary_missing"),
    ],
)  # fmt: skip
async def test_an_event_that_cannot_be_is_refused(
    split: Split, admin_engine: AsyncEngine, changes: dict[str, Any], code: str
) -> None:
    event = json.loads(split.file.read_text(encoding="utf-8"))
    split.file.write_text(json.dumps(event | changes), encoding="utf-8")
    with pytest.raises((Invalid, Conflict), match=code):
        await change_areas(admin_engine, split.file)
