"""A child, and who counts as its company."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.child_alone import CHECK_ID
from asm.stays.changes import Amend, Change, MoveRoom, VoidStay
from tests.checks.causes import child, entry
from tests.checks.desks import Desks, at, check, flags, somebody


def alone(flag_rows: list[Any]) -> set[UUID]:
    return {row.stay_id for row in flag_rows if row.closed_at is None}


async def test_who_counts_as_company(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    with_parent = [entry(at(1), at(3), **child()), entry(at(1), at(3), room="102")]
    unknown_age = [entry(at(1), at(3), room="103", **child()), _of_unknown_age("104")]
    for party in (with_parent, unknown_age):
        await desks.declare_all("lan", party)
    # Declared apart, as hotel software does, but sharing the room for a night.
    await desks.declare_all("lan", [entry(at(1), at(3), room="105", **child())])
    await desks.declare_all("lan", [entry(at(2), at(4), room="105")])
    fourteen = entry(at(1), at(3), room="106", birth_date=date(2012, 3, 1))
    await desks.declare_all("lan", [fourteen])
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []

    brother = entry(at(1), at(3), room="107", birth_date=date(2010, 1, 1))
    (small, _) = await desks.declare_all(
        "lan", [entry(at(1), at(3), room="107", **child()), brother]
    )
    (gone,) = await desks.declare_all("lan", [entry(at(5), at(6), room="105", **child())])
    (almost,) = await desks.declare_all(
        "lan", [entry(at(1), at(3), room="108", **child(date(2012, 3, 2)))]
    )
    await check(worker_engine)
    assert alone(await flags(admin_engine, CHECK_ID)) == {small, gone, almost}


def _of_unknown_age(room: str) -> Any:
    stay_entry = entry(at(1), at(3), room=room)
    return type(stay_entry)(
        guest=somebody(None), arrived_at=at(1), planned_departure_at=at(3), room=room
    )


@pytest.mark.parametrize(
    "leaves",
    [
        MoveRoom(room="201"),
        VoidStay(reason="nhầm"),
        Amend(arrived_at=at(8), planned_departure_at=at(9)),
    ],
    ids=["moved", "voided", "other days"],
)
async def test_company_that_goes_and_comes(
    leaves: Change, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    (small,) = await desks.declare_all("lan", [entry(at(1), at(4), **child())])
    await check(worker_engine)
    assert alone(await flags(admin_engine, CHECK_ID)) == {small}
    (parent,) = await desks.declare_all("lan", [entry(at(1, 19), at(4))])
    await check(worker_engine)
    assert alone(await flags(admin_engine, CHECK_ID)) == set()
    await desks.change("lan", parent, leaves, at(8))
    await check(worker_engine)
    assert alone(await flags(admin_engine, CHECK_ID)) == {small}
