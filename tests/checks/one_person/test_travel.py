"""Two stays too far apart for the time between: what is plausible, and what the wards see."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.travel import CHECK_ID, time_needed
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.stays.changes import Amend, Depart
from tests.checks.desks import Desks, at, check, flags, fresh_number

#: Tuấn's guest house, moved to Ho Chi Minh City: about 1,140 km from Hoàn Kiếm.
FAR = "UPDATE facility SET point = ST_SetSRID(ST_MakePoint(106.70, 10.78), 4326) WHERE id = :id"


@pytest.fixture
async def far(desks: Desks, admin_engine: AsyncEngine) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text(FAR), {"id": desks.cast.guest_house_b})


async def two(desks: Desks, first: datetime, second: datetime, number: str | None = None) -> UUID:
    number = number or fresh_number()
    stay = await desks.declare("lan", number, first, first + timedelta(minutes=30))
    await desks.declare("tuan", number, second, second + timedelta(days=1))
    return stay


def standing(flag_rows: list[Any]) -> dict[str, Any]:
    return {row.ward_code: row for row in flag_rows if row.closed_at is None}


@pytest.mark.parametrize(
    ("km", "minutes"), [(0, 0), (9.9, 0), (50, 30), (100, 60), (800, 150), (1600, 210)]
)
def test_what_is_plausible(km: float, minutes: int) -> None:
    assert time_needed(km) == timedelta(minutes=minutes)


async def test_each_ward_learns_how_far_and_how_fast(
    far: None, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stay = await two(desks, at(1, 8), at(1, 10))
    await check(worker_engine)
    flag_of_ward = standing(await flags(admin_engine, CHECK_ID))
    assert set(flag_of_ward) == {WARD_A, WARD_B}
    ours = flag_of_ward[WARD_A]
    assert (ours.stay_id, ours.facility_id) == (stay, desks.cast.hoa_sen)
    assert ours.evidence == {
        "distance_km": 1140,
        "minutes_between": 120,
        "minutes_needed": 175,
        "other_stay_id": str(flag_of_ward[WARD_B].stay_id),
        "other_ward_code": WARD_B,
    }
    assert str(desks.cast.guest_house_b) not in str(ours.evidence)
    # The arrival was mistyped.
    await desks.change("lan", stay, Amend(arrived_at=at(1, 6)), at(1, 12))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {}


async def test_what_is_fast_but_possible(
    far: None, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await two(desks, at(1, 8), at(1, 11))
    left_late = await two(desks, at(1, 1), at(1, 9))
    await desks.change("lan", left_late, Depart(departed_at=at(1, 6)), at(1, 6))
    for day in (1, 2):  # somebody else, and at the same place
        await desks.declare("lan", fresh_number(), at(day, 8), at(day, 12))
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []

    too_late = await two(desks, at(1, 1), at(1, 9))
    await desks.change("lan", too_late, Depart(departed_at=at(1, 7)), at(1, 7))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID))[WARD_A].stay_id == too_late


async def test_neighbours_are_never_too_far(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await two(desks, at(1, 8), at(1, 8, 30))
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []
