"""One document, two names: told from keyed hashes alone."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.one_person.other_names import CHECK_ID
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.stays.changes import Amend, GuestChange
from asm.stays.entry import Guest, StayEntry
from tests.checks.desks import ROOMS, Desks, at, check, flags, fresh_number, rows, somebody


def named(number: str, name: str) -> Guest:
    return msgspec.structs.replace(somebody(number), full_name=name)


async def declare_guest(desks: Desks, login: str, day: int, guest: Guest) -> UUID:
    stay = StayEntry(
        guest=guest,
        arrived_at=at(day),
        planned_departure_at=at(day + 1, 11),
        room=ROOMS[login],
    )
    return (await desks.declare_all(login, [stay]))[0]


def standing(flag_rows: list[Any]) -> set[UUID]:
    return {row.stay_id for row in flag_rows if row.closed_at is None}


async def test_both_wards_see_it_and_no_name(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    ours = await declare_guest(desks, "lan", 1, named(number, "Nguyễn Văn Mẫu"))
    theirs = await declare_guest(desks, "tuan", 5, named(number, "Trần Thị Khác"))
    await check(worker_engine)
    flag_of_ward = {row.ward_code: row for row in await flags(admin_engine, CHECK_ID)}
    assert {code: row.stay_id for code, row in flag_of_ward.items()} == {
        WARD_A: ours,
        WARD_B: theirs,
    }
    assert flag_of_ward[WARD_B].evidence == {
        "days_between": 4,
        "other_stay_id": str(ours),
        "other_ward_code": WARD_A,
    }
    hashes = await rows(admin_engine, "SELECT name_a FROM vault.guest_record")
    assert len({bytes(row.name_a) for row in hashes}) == 2
    await desks.change(
        "tuan", theirs, Amend(guest=GuestChange.to(named(number, "NGUYEN VAN MAU"))), at(5)
    )
    await check(worker_engine)
    assert standing(await flags(admin_engine, CHECK_ID)) == set()
    await desks.change("lan", ours, Amend(guest=GuestChange.to(named(number, "Ai Đó"))), at(5))
    await check(worker_engine, at(5))
    assert standing(await flags(admin_engine, CHECK_ID)) == {ours, theirs}


async def test_one_name_in_many_spellings_is_one_name(
    desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    spellings = ("Hoàng Thị Thuý Vân", "HOANG THI THUY VAN", "Thúy Vân Hoàng  Thị")
    for day, name in enumerate(spellings, 1):
        await declare_guest(desks, "lan", day, named(number, name))
    long_ago = fresh_number()
    await declare_guest(desks, "lan", -99, named(long_ago, "Một Người"))
    await declare_guest(desks, "lan", 1, named(long_ago, "Người Khác Hẳn"))
    for login in ("lan", "tuan"):
        await declare_guest(
            desks, login, 1, msgspec.structs.replace(somebody(None), full_name=login * 3)
        )
    await check(worker_engine)
    assert await flags(admin_engine, CHECK_ID) == []
    # Who has no number is named too, so that namesakes in the house are noticed, and compared here
    # with nobody.
    unnamed = "SELECT count(*) AS n FROM vault.guest_record WHERE name_a IS NULL"
    assert [row.n for row in await rows(admin_engine, unnamed)] == [0]


@pytest.mark.parametrize("slot", ["a", "b"])
async def test_names_are_told_alike_while_the_index_key_rotates(
    slot: str, desks: Desks, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    await declare_guest(desks, "lan", 1, named(number, "Nguyễn Văn Mẫu"))
    theirs = await declare_guest(desks, "tuan", 5, named(number, "Trần Thị Khác"))
    async with one_transaction(admin_engine) as session:
        for statement in (
            "UPDATE vault.person SET index_b = sha256(index_a)",
            "UPDATE vault.guest_record SET name_b = sha256(name_a)",
            f"UPDATE vault.wrapped_key SET slot = '{slot}' WHERE state = 'current' AND slot = 'a'",
        ):
            await session.execute(text(statement))
    await check(worker_engine)
    assert theirs in standing(await flags(admin_engine, CHECK_ID))
