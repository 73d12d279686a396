"""The check from declaration to flag: both sides, closing by itself, in any order, run twice."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.registry import check_stays
from asm.checks.same_document import CHECK_ID
from asm.db.session import one_transaction
from asm.notify.drain import Event, drain
from asm.notify.outbox import STAY_CHANGED
from asm.seed import WARD_A, WARD_B
from asm.stays.changes import Amend, Change, Depart, VoidStay
from asm.stays.declaration import StayEntry
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
    superseded,
)


async def two_places(desks: Desks, number: str) -> tuple[UUID, UUID]:
    """Lan's guest from the 1st to the 5th, at Tuấn's from the 3rd to the 7th."""
    return (
        await desks.declare("lan", number, at(1), at(5, 11)),
        await desks.declare("tuan", number, at(3), at(7, 11)),
    )


def standing(found: list[Any]) -> set[UUID]:
    return {row.stay_id for row in found if row.closed_at is None}


async def test_each_ward_gets_a_flag_that_names_only_the_other_ward(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    ours, theirs = await two_places(desks, fresh_number())
    await check(worker_engine)
    found = {row.ward_code: row for row in await flags(admin_engine, CHECK_ID)}
    assert set(found) == {WARD_A, WARD_B}
    flag = found[WARD_B]
    assert (flag.facility_id, flag.stay_id) == (desks.cast.guest_house_b, theirs)
    assert (flag.check_id, flag.subject, flag.severity) == (
        "same-document-two-places",
        str(ours),
        "high",
    )
    assert flag.evidence == {
        "other_stay_id": str(ours),
        "other_ward_code": WARD_A,
        "overlap_from": "2026-03-03T11:00:00+00:00",
        "overlap_to": "2026-03-05T04:00:00+00:00",
    }
    assert found[WARD_A].stay_id == ours
    assert await superseded(admin_engine) == {ours: night(3), theirs: None}


async def test_what_is_no_overlap_raises_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    touching, twice_here, voided = fresh_number(), fresh_number(), fresh_number()
    await desks.declare("lan", touching, at(1), at(3))
    await desks.declare("tuan", touching, at(3), at(5))
    await desks.declare("lan", twice_here, at(1), at(5))
    await desks.declare("lan", twice_here, at(2), at(5))
    await desks.declare("lan", voided, at(1), at(5))
    mistake = await desks.declare("tuan", voided, at(2), at(5))
    await desks.change("tuan", mistake, VoidStay(reason="nhầm"), at(2, 20))
    await desks.declare("lan", fresh_number(), at(1), at(5))
    await desks.declare("tuan", fresh_number(), at(1), at(5))
    await desks.declare("lan", None, at(1), at(5))
    await desks.declare("tuan", None, at(1), at(5))
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []


@pytest.mark.parametrize("way", ["departed", "voided", "other times", "other document"])
async def test_flags_close_when_the_cause_goes_and_open_again_when_it_returns(
    way: str, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    ours, theirs = await two_places(desks, number)
    await check(worker_engine)
    undos: dict[str, Change] = {
        "departed": Depart(departed_at=at(3, 9)),
        "voided": VoidStay(reason="nhầm"),
        "other times": Amend(planned_departure_at=at(3, 11)),
        "other document": Amend(guest=somebody(fresh_number())),
    }
    await desks.change("lan", ours, undos[way], at(4))
    await check(worker_engine)
    closed = await flags(admin_engine, CHECK_ID)
    assert len(closed) == 2
    assert standing(closed) == set()
    assert await superseded(admin_engine) == {ours: None, theirs: None}

    back = await desks.declare("hai", number, at(6), at(8, 11))
    await check(worker_engine)
    now = await flags(admin_engine, CHECK_ID)
    assert standing(now) == {theirs, back}
    assert (await superseded(admin_engine))[theirs] == night(6)


async def test_the_very_same_flag_opens_again(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    ours, _ = await two_places(desks, fresh_number())
    await check(worker_engine)
    first = await flags(admin_engine, CHECK_ID)
    await desks.change("lan", ours, Amend(planned_departure_at=at(2, 11)), at(2))
    await check(worker_engine)
    await desks.change("lan", ours, Amend(planned_departure_at=at(6, 11)), at(3))
    await check(worker_engine)
    again = await flags(admin_engine, CHECK_ID)
    assert [row.id for row in again] == [row.id for row in first]
    assert all(row.closed_at is None for row in again)
    assert all(b.raised_at > a.raised_at for a, b in zip(first, again, strict=True))


async def test_a_dismissed_flag_stays_dismissed(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    ours, _ = await two_places(desks, fresh_number())
    await check(worker_engine)
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE flag SET dismissed_at = now(), dismissal_note = 'ok'"))
    await desks.change("lan", ours, Amend(planned_departure_at=at(6, 11)), at(3))
    await check(worker_engine)
    found = await flags(admin_engine, CHECK_ID)
    assert all(row.dismissed_at is not None for row in found)
    assert all(row.evidence["overlap_to"] == "2026-03-06T04:00:00+00:00" for row in found)


async def test_running_again_writes_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    stays = await two_places(desks, fresh_number())
    await check(worker_engine)
    where = (
        "SELECT xmin::text, ctid::text FROM flag UNION ALL SELECT xmin::text, ctid::text FROM stay"
    )
    before = await rows(admin_engine, where)
    places = (desks.cast.hoa_sen, desks.cast.guest_house_b)
    events = [
        Event(
            facility_id=place,
            id=stay_id,
            topic=STAY_CHANGED,
            payload={"stay_id": str(stay_id), "version": 1},
        )
        for place, stay_id in zip(places, stays, strict=True)
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
    ours, theirs = await two_places(desks, number)
    third = await desks.declare("hai", number, at(4), None)
    fourth = await desks.declare("tuan", number, at(9), at(12))
    await desks.change("tuan", theirs, Depart(departed_at=at(4, 9)), at(4, 9))
    await desks.change("hai", third, Amend(planned_departure_at=at(8)), at(5))
    await desks.change("hai", third, Amend(guest=somebody(number)), at(5))
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
    found = {
        (row.stay_id, row.subject)
        for row in await flags(admin_engine, CHECK_ID)
        if not row.closed_at
    }
    assert found == {
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


async def test_a_corrected_number_moves_the_flag_to_the_right_person(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    wrong, right = fresh_number(), fresh_number()
    mistyped = await desks.declare("lan", wrong, at(1), at(5, 11))
    stranger = await desks.declare("tuan", wrong, at(2), at(5, 11))
    friend = await desks.declare("hai", right, at(3), at(5, 11))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {mistyped, stranger}
    await desks.change("lan", mistyped, Amend(guest=somebody(right)), at(4))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {mistyped, friend}
    assert await superseded(admin_engine) == {mistyped: night(3), stranger: None, friend: None}


async def test_two_stays_here_against_one_there_are_one_flag_here(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    there = await desks.declare("tuan", number, at(1), at(9, 11))
    first = await desks.declare("lan", number, at(2), at(6, 11))
    second = await desks.declare("lan", number, at(4), at(8, 11))
    await check(worker_engine)
    here = [
        row for row in await flags(admin_engine, CHECK_ID) if row.facility_id == desks.cast.hoa_sen
    ]
    assert [(row.stay_id, row.subject) for row in here] == [(first, str(there))]
    await desks.change("lan", first, VoidStay(reason="khai hai lần"), at(4, 20))
    await check(worker_engine)
    here = [
        row for row in await flags(admin_engine, CHECK_ID) if row.facility_id == desks.cast.hoa_sen
    ]
    assert [(row.stay_id, row.closed_at) for row in here] == [(second, None)]


async def test_others_hear_when_their_nights_change(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    ours = await desks.declare("lan", number, at(1), at(5, 11))
    await check(worker_engine)
    theirs = await desks.declare("tuan", number, at(3), at(7, 11))
    heard: list[str] = []

    async def listen(session: Any, events: Any) -> None:
        heard.extend(event.payload["stay_id"] for event in events)
        await check_stays(session, events)

    while (await drain(worker_engine, {STAY_CHANGED: listen})).remaining:
        pass
    assert heard == [str(theirs), str(ours)]


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
        taken.append(len(seen))
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
    ours, theirs = await two_places(desks, fresh_number())
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
