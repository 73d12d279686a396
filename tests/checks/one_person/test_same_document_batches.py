"""The check of one document in two places, whatever comes together, in which order, how often."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.same_document import CHECK_ID
from asm.checks.registry import check_stays
from asm.db.session import one_transaction
from asm.outbox.drain import Event, drain
from asm.outbox.topics import Topic
from asm.stays.changes import Amend, Depart, GuestChange
from asm.stays.entry import StayEntry
from tests.checks.desks import (
    THEN,
    Desks,
    at,
    check,
    flags,
    fresh_number,
    night,
    rows,
    somebody,
    standing,
    superseded,
    two_facilities,
)


async def test_running_again_writes_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stays = await two_facilities(desks, fresh_number())
    await check(worker_engine)
    where = (
        "SELECT xmin::text, ctid::text FROM flag UNION ALL SELECT xmin::text, ctid::text FROM stay"
    )
    before = await rows(admin_engine, where)
    facilities = (desks.cast.hoa_sen, desks.cast.guest_house_b)
    events = [
        Event(
            facility_id=facility_id,
            id=stay_id,
            topic=Topic.STAY_CHANGED,
            payload={"stay_id": str(stay_id), "version": 1},
        )
        for facility_id, stay_id in zip(facilities, stays, strict=True)
    ]
    for again in (events, events[:1], events[1:], events * 3):
        async with one_transaction(worker_engine) as session:
            await check_stays(session, again, THEN)
    assert await rows(admin_engine, where) == before
    assert await rows(admin_engine, "SELECT 1 FROM outbox") == []


@pytest.mark.parametrize("seed", range(4))
async def test_events_in_any_order_and_grouping_end_alike(
    seed: int, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    chance, number = random.Random(seed), fresh_number()
    ours, theirs = await two_facilities(desks, number)
    third = await desks.declare("hai", number, at(4), None)
    fourth = await desks.declare("tuan", number, at(9), at(12))
    await desks.change("tuan", theirs, Depart(departed_at=at(4, 9)), at(4, 9))
    await desks.change("hai", third, Amend(planned_departure_at=at(8)), at(5))
    await desks.change("hai", third, Amend(guest=GuestChange.to(somebody(number))), at(5))
    pending = [
        Event(facility_id=row.facility_id, id=row.id, topic=row.topic, payload=row.payload)
        for row in await rows(admin_engine, "SELECT * FROM outbox")
    ]
    async with one_transaction(admin_engine) as session:
        await session.execute(text("DELETE FROM outbox"))
    chance.shuffle(pending)
    while pending:
        size = chance.randint(1, len(pending))
        batch, pending = pending[:size], pending[size:]
        async with one_transaction(worker_engine) as session:
            await check_stays(session, batch)
        await check(worker_engine)
    # ours 1st–5th, theirs 3rd–4th 09:00, third 4th 18:00–8th, fourth from the 9th
    flagged_pairs = {
        (row.stay_id, row.subject)
        for row in await flags(admin_engine, CHECK_ID)
        if not row.closed_at
    }
    assert flagged_pairs == {
        (ours, str(theirs)),
        (theirs, str(ours)),
        (ours, str(third)),
        (third, str(ours)),
    }
    assert await superseded(admin_engine) == {
        ours: night(3),
        theirs: None,
        third: None,
        fourth: None,
    }


async def test_others_hear_when_their_nights_change(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    ours = await desks.declare("lan", number, at(1), at(5, 11))
    await check(worker_engine)
    theirs = await desks.declare("tuan", number, at(3), at(7, 11))
    reported: list[str] = []

    async def listen(session: Any, events: Any) -> None:
        reported.extend(event.payload["stay_id"] for event in events)
        await check_stays(session, events)

    while (await drain(worker_engine, {Topic.STAY_CHANGED: listen})).remaining:
        pass
    assert reported == [str(theirs), str(ours)]


async def test_a_batch_takes_the_same_few_statements_whatever_its_size(
    desks: Desks, worker_engine: AsyncEngine, count_statements: Any
) -> None:
    taken = []
    for people in (1, 40):
        numbers = [fresh_number() for _ in range(people)]
        for login, day in (("lan", 1), ("tuan", 3)):
            arrived = at(day)
            await desks.declare_all(
                login,
                [
                    StayEntry(
                        guest=somebody(number),
                        arrived_at=arrived,
                        planned_departure_at=arrived + timedelta(days=4),
                        room="101" if login == "lan" else "1",
                    )
                    for number in numbers
                ],
            )
        with count_statements(worker_engine) as seen:
            await check(worker_engine)
        # One more says how to plan for many.
        taken.append(len([each for each in seen if "plan_cache_mode" not in each]))
    assert taken[0] == taken[1]


@pytest.mark.parametrize(
    ("current", "slots"),
    [
        ("a", "index_b = CASE WHEN facility_id = :lan THEN sha256(index_a) END"),
        ("b", "index_b = sha256(index_a)"),
        ("b", "index_b = sha256(index_a), index_a = CASE WHEN facility_id = :lan THEN index_a END"),
        ("b", "index_b = sha256(index_a), index_a = NULL"),
    ],
    ids=["being filled", "filled", "being emptied", "emptied"],
)
async def test_people_are_told_alike_while_the_index_key_rotates(
    current: str, slots: str, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    ours, theirs = await two_facilities(desks, fresh_number())
    stranger = await desks.declare("hai", fresh_number(), at(1), at(9))
    async with one_transaction(admin_engine) as session:
        values = {"lan": desks.cast.hoa_sen} if ":lan" in slots else {}
        await session.execute(text(f"UPDATE vault.person SET {slots}"), values)
        await session.execute(
            text(
                "UPDATE vault.wrapped_key SET slot = :slot "
                "WHERE purpose = 'index' AND state = 'current'"
            ),
            {"slot": current},
        )
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {ours, theirs}
    assert await superseded(admin_engine) == {ours: night(3), theirs: None, stranger: None}
