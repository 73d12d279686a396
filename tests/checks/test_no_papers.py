"""A guest without papers is shown to the ward at once, and until there are papers."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.no_papers import CHECK_ID, check_no_papers
from asm.checks.registry import BY_ID, check_stays
from asm.db.base import new_id
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A
from asm.outbox.drain import Event
from asm.outbox.topics import Topic
from asm.stays.changes import Amend, Change, Depart, GuestChange, UndoDeparture, VoidStay
from asm.stays.entry import StayEntry
from tests.checks.desks import Desks, at, check, flags, fresh_number, somebody


async def test_the_ward_sees_the_stay_and_no_personal_value(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stay = await desks.declare("lan", None, at(1), at(3))
    await desks.declare("lan", fresh_number(), at(1), at(3))
    await check(worker_engine)
    (flag,) = await flags(admin_engine, CHECK_ID)
    assert (flag.check_id, flag.severity, flag.ward_code) == (CHECK_ID, "high", WARD_A)
    assert (flag.facility_id, flag.stay_id, flag.closed_at) == (desks.cast.hoa_sen, stay, None)
    assert flag.evidence == {"stay_id": str(stay)}
    assert "Không Giấy Tờ" not in json.dumps(flag.evidence, ensure_ascii=False)


@pytest.mark.parametrize("way", ["papers", "void"])
async def test_the_flag_closes_itself(
    way: str, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stay = await desks.declare("lan", None, at(1), at(3))
    await check(worker_engine)
    cause_gone: dict[str, Change] = {
        "papers": Amend(guest=GuestChange.to(somebody(fresh_number()))),
        "void": VoidStay(reason="nhầm"),
    }
    await desks.change("lan", stay, cause_gone[way], at(1, 20))
    await check(worker_engine)
    (flag,) = await flags(admin_engine, CHECK_ID)
    assert flag.closed_at is not None


async def test_leaving_does_not_close_it_and_papers_taken_back_open_it_again(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stay = await desks.declare("lan", None, at(1), at(3))
    await desks.change("lan", stay, Depart(departed_at=at(2, 9)), at(2, 9))
    await check(worker_engine)
    (first,) = await flags(admin_engine, CHECK_ID)
    assert first.closed_at is None
    await desks.change("lan", stay, UndoDeparture(), at(2, 10))
    await desks.change(
        "lan", stay, Amend(guest=GuestChange.to(somebody(fresh_number()))), at(2, 10)
    )
    await check(worker_engine)
    await desks.change("lan", stay, Amend(guest=GuestChange.to(somebody(None))), at(2, 11))
    await check(worker_engine)
    (again,) = await flags(admin_engine, CHECK_ID)
    assert again.id == first.id
    assert again.closed_at is None
    assert again.raised_at > first.raised_at


async def test_two_guests_without_papers_are_two_flags_and_a_repeat_changes_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    entries = [
        StayEntry(guest=somebody(None), arrived_at=at(1), planned_departure_at=at(2), room="101")
        for _ in range(2)
    ]
    stays = await desks.declare_all("lan", entries)
    await check(worker_engine)
    before = await flags(admin_engine, CHECK_ID)
    assert {row.stay_id for row in before} == set(stays)
    events = [
        Event(
            id=new_id(),
            topic=Topic.STAY_CHANGED,
            facility_id=desks.cast.hoa_sen,
            payload={"stay_id": str(stays[0]), "version": 1},
        )
        for _ in range(3)
    ]
    async with one_transaction(worker_engine) as session:
        for batch in (events, []):
            await check_stays(session, batch)
    assert await flags(admin_engine, CHECK_ID) == before


def test_it_is_in_the_list_of_checks() -> None:
    listed = BY_ID[CHECK_ID]
    assert (listed.severity, listed.run) == ("high", check_no_papers)
    assert listed.title != listed.title_en
