"""The check from declaration to flag: both sides, closing by itself, opening again."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.same_document import CHECK_ID
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.stays.changes import Amend, Change, Depart, GuestChange, VoidStay
from tests.checks.desks import (
    Desks,
    at,
    check,
    flags,
    fresh_number,
    night,
    somebody,
    standing,
    superseded,
    two_facilities,
)


async def test_each_ward_gets_a_flag_that_names_only_the_other_ward(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    ours, theirs = await two_facilities(desks, fresh_number())
    await check(worker_engine)
    flag_of_ward = {row.ward_code: row for row in await flags(admin_engine, CHECK_ID)}
    assert set(flag_of_ward) == {WARD_A, WARD_B}
    flag = flag_of_ward[WARD_B]
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
    assert flag_of_ward[WARD_A].stay_id == ours
    assert await superseded(admin_engine) == {ours: night(3), theirs: None}


async def test_what_is_no_overlap_raises_nothing(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    touching, twice_here, voided = fresh_number(), fresh_number(), fresh_number()
    await desks.declare("lan", touching, at(1), at(3))
    await desks.declare("tuan", touching, at(3), at(5))
    before = await desks.declare("lan", twice_here, at(1), at(5))
    await desks.change("lan", before, Depart(departed_at=at(2, 3)), at(2, 3))
    await desks.declare("lan", twice_here, at(2, 5), at(5))
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
    ours, theirs = await two_facilities(desks, number)
    await check(worker_engine)
    undos: dict[str, Change] = {
        "departed": Depart(departed_at=at(3, 9)),
        "voided": VoidStay(reason="nhầm"),
        "other times": Amend(planned_departure_at=at(3, 11)),
        "other document": Amend(guest=GuestChange.to(somebody(fresh_number()))),
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
    ours, _ = await two_facilities(desks, fresh_number())
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
    ours, _ = await two_facilities(desks, fresh_number())
    await check(worker_engine)
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE flag SET dismissed_at = now(), dismissal_note = 'ok'"))
    await desks.change("lan", ours, Amend(planned_departure_at=at(6, 11)), at(3))
    await check(worker_engine)
    flag_rows = await flags(admin_engine, CHECK_ID)
    assert all(row.dismissed_at is not None for row in flag_rows)
    assert all(row.evidence["overlap_to"] == "2026-03-06T04:00:00+00:00" for row in flag_rows)


async def test_a_corrected_number_moves_the_flag_to_the_right_person(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    wrong, right = fresh_number(), fresh_number()
    mistyped = await desks.declare("lan", wrong, at(1), at(5, 11))
    stranger = await desks.declare("tuan", wrong, at(2), at(5, 11))
    friend = await desks.declare("hai", right, at(3), at(5, 11))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {mistyped, stranger}
    await desks.change("lan", mistyped, Amend(guest=GuestChange.to(somebody(right))), at(4))
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == {mistyped, friend}
    assert await superseded(admin_engine) == {mistyped: night(3), stranger: None, friend: None}


async def test_two_stays_here_against_one_there_are_one_flag_here(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    there = await desks.declare("tuan", number, at(1), at(9, 11))
    first = await desks.declare("lan", number, at(2), at(6, 11))
    second = await desks.declare("lan", number, at(6, 15), at(8, 11))
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
