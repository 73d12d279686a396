"""More guests than beds: rooms of two at Lan's, in March 2026."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.crowded import CHECK_ID
from asm.stays.changes import Amend, Depart
from asm.stays.entry import StayEntry
from tests.checks.causes import child, entry
from tests.checks.desks import Desks, at, check, flags


def standing(flag_rows: list[Any]) -> dict[str, Any]:
    return {row.subject: row.evidence for row in flag_rows if row.closed_at is None}


async def test_what_is_no_crowd_raises_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    full = [entry(at(1), at(5, 11)) for _ in range(2)]
    await desks.declare_all("lan", [*full, entry(at(1), at(5, 11), **child())])
    one_out_one_in = [
        entry(at(1), at(3, 11), room="102"),
        entry(at(1), at(3, 11), room="102"),
    ]
    await desks.declare_all("lan", one_out_one_in)
    await desks.declare_all("lan", [entry(at(3), at(4, 11), room="102") for _ in range(2)])
    by_the_hour = [entry(at(1, 9), at(1, 12), room="103", hourly=True) for _ in range(3)]
    await desks.declare_all("lan", by_the_hour)
    twice = entry(at(1), at(9, 11), room="104")
    (left, _) = await desks.declare_all("lan", [twice, entry(at(1), at(9, 11), room="104")])
    await desks.change("lan", left, Depart(departed_at=at(2, 3)), at(2, 3))
    await desks.declare_all("lan", [again(twice, at(2, 5))])
    no_such_room = [entry(at(1), at(2, 11), room="999") for _ in range(3)]
    await desks.declare_all("lan", no_such_room)
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []


def again(earlier: StayEntry, arrived: datetime) -> StayEntry:
    """The same guest once more, in the same room."""
    return StayEntry(
        guest=earlier.guest, arrived_at=arrived, planned_departure_at=at(9, 11), room=earlier.room
    )


async def test_the_flag_names_the_first_crowded_night_and_its_rooms(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await desks.declare_all("lan", [entry(at(1), at(6, 11)) for _ in range(2)])
    (third,) = await desks.declare_all("lan", [entry(at(3), at(8, 11))])
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {
        "2026-03-03": {
            "night": "2026-03-03",
            "guests": 3,
            "beds": 32,
            "rooms_over": 1,
            "rooms": [{"room": "101", "guests": 3, "beds": 2}],
        }
    }
    # Told wrong by a day: the flag moves with the arrival that made the crowd.
    await desks.change("lan", third, Amend(arrived_at=at(4)), at(4))
    await check(worker_engine)
    assert set(standing(await flags(admin_engine, CHECK_ID))) == {"2026-03-04"}
    await desks.change("lan", third, Depart(departed_at=at(4, 19)), at(4, 19))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {}


async def test_a_whole_house_may_be_over_without_a_room_being_named(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    party = [entry(at(1), at(3, 11), room=str(1 + n % 4)) for n in range(8)]
    await desks.declare_all("tuan", party)
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []
    await desks.declare_all("tuan", [entry(at(1) + timedelta(hours=1), at(3, 11), room="gác")])
    await check(worker_engine)
    (evidence,) = standing(await flags(admin_engine, CHECK_ID)).values()
    assert (evidence["guests"], evidence["beds"], evidence["rooms_over"], evidence["rooms"]) == (
        9,
        8,
        0,
        [],
    )


async def test_who_comes_back_from_a_night_elsewhere_may_crowd_the_room(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    away = entry(at(1), at(5, 11))
    await desks.declare_all("lan", [away, entry(at(1), at(5, 11))])
    elsewhere = StayEntry(
        guest=away.guest, arrived_at=at(2), planned_departure_at=at(3, 11), room="1"
    )
    await desks.declare_all("tuan", [elsewhere])
    await desks.declare_all("lan", [entry(at(2), at(5, 11))])
    await check(worker_engine)
    await desks.declare_all("lan", [entry(at(2), at(5, 11), room="102")])
    await check(worker_engine)
    raised = standing(await flags(admin_engine, CHECK_ID))
    assert {night: seen["rooms"] for night, seen in raised.items()} == {
        "2026-03-03": [{"room": "101", "guests": 3, "beds": 2}]
    }
