"""What has one cause is one case on the ward's work list."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.checks.flags.cases import (
    CaseFilter,
    CasePage,
    FlagCase,
    cases_beside,
    flags_of_case,
    page_of_cases,
    urgent_flags,
)
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.errors import NotFound
from asm.stays.changes import VoidStay
from asm.stays.entry import StayEntry
from tests.checks.desks import Desks, at, check, fresh_number, somebody

FIRST, NEXT_DAY = at(1), at(2, 9)
WARDS = {"minh": WARD_A, "thao": WARD_B}


async def cases(engine: AsyncEngine, login: str = "minh", **only: Any) -> CasePage:
    async with one_transaction(engine) as session:
        scope = Scope(session, await actor_of_login(session, login))
        return await page_of_cases(scope, WARDS[login], CaseFilter(**only))


async def the_case(engine: AsyncEngine, login: str = "minh", **only: Any) -> FlagCase:
    (case,) = (await cases(engine, login, **only)).cases
    return case


async def late_workbook(
    desks: Desks, guests: int, arrived: datetime = FIRST, day: datetime = NEXT_DAY
) -> list[UUID]:
    entries = [
        StayEntry(
            guest=somebody(fresh_number()),
            arrived_at=arrived,
            planned_departure_at=at(9, 11),
            room="101",
        )
        for _ in range(guests)
    ]
    return await desks.declare_all("lan", entries, day)


async def test_one_late_workbook_is_one_case_whatever_is_typed_behind_it(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    stays = await late_workbook(desks, 35)
    await late_workbook(desks, 1, day=at(2, 10))
    await check(worker_engine)
    late = await the_case(api_engine, check_id="declared-late")
    assert (late.stays, late.flags, late.facilities) == (36, 36, ["Khách sạn Hoa Sen"])
    assert (late.urgency, late.state) == ("week", "open")
    await late_workbook(desks, 1, arrived=at(2), day=at(3, 10))
    await check(worker_engine)
    assert [case.stays for case in (await cases(api_engine, check_id="declared-late")).cases] == [
        1,
        36,
    ]
    for stay in stays:
        await desks.change("lan", stay, VoidStay(reason="nhầm"), at(3, 11))
    await check(worker_engine)
    assert {case.stays for case in (await cases(api_engine, check_id="declared-late")).cases} == {1}


async def test_a_pair_is_one_case_in_one_ward_and_one_for_each_of_two(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    number = fresh_number()
    await desks.declare("lan", number, at(1), at(5, 11))
    await desks.declare("hai", number, at(2), at(4, 11))
    across = fresh_number()
    await desks.declare("lan", across, at(1), at(5, 11))
    await desks.declare("tuan", across, at(3), at(7, 11))
    await check(worker_engine)
    mine = (await cases(api_engine, urgency="now")).cases
    assert sorted((case.flags, len(case.facilities)) for case in mine) == [(1, 1), (2, 2)]
    hers = await the_case(api_engine, "thao")
    (shared,) = (case for case in mine if case.flags == 1)
    assert hers.cause == shared.cause
    assert hers.facilities == ["Nhà nghỉ Sao Mai"]


async def test_what_is_wrong_with_a_house_is_one_case_for_all_its_nights(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    for day in (1, 2, 3):
        for _ in range(4):
            await desks.declare("lan", fresh_number(), at(day), at(4, 11))
    await check(worker_engine)
    crowded = await the_case(api_engine, check_id="more-guests-than-beds")
    assert (crowded.flags, crowded.stays) == (3, 0)
    assert crowded.urgency == "today"


async def test_a_case_leads_to_all_its_flags_from_any_of_them(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    stays = await late_workbook(desks, 3)
    await check(worker_engine)
    case = await the_case(api_engine, check_id="declared-late")
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        flags = await flags_of_case(scope, WARD_A, case.id)
        assert {flag.stay_id for flag in flags} == set(stays)
        for flag in flags:
            again = await flags_of_case(scope, WARD_A, flag.id)
            assert {each.id for each in again} == {each.id for each in flags}
        beside = await cases_beside(scope, WARD_A, flags)
        assert "declared-late" not in {each.id for _, each in beside}


async def test_other_flags_of_the_same_stay_stand_beside_the_case(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    entry = StayEntry(
        guest=somebody(None), arrived_at=at(1), planned_departure_at=at(4, 11), room="101"
    )
    await desks.declare_all("lan", [entry], at(2, 9))
    await check(worker_engine)
    late = await the_case(api_engine, check_id="declared-late")
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        flags = await flags_of_case(scope, WARD_A, late.id)
        ((beside, what),) = await cases_beside(scope, WARD_A, flags)
        assert what.id == "guest-without-papers"
        assert beside != late.id


@pytest.mark.parametrize("login", ["thao", "lan", "quang", "admin"])
async def test_a_case_of_another_ward_is_absent(
    login: str, desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    await late_workbook(desks, 1)
    await check(worker_engine)
    case = await the_case(api_engine, check_id="declared-late")
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, login))
        for ward in (WARD_A, WARD_B):
            refusals = []
            for flag_id in (case.id, uuid4()):
                with pytest.raises(NotFound) as refused:
                    await flags_of_case(scope, ward, flag_id)
                refusals.append((refused.value.code, refused.value.message))
            assert refusals[0] == refusals[1]


async def test_the_urgent_ones_take_one_statement(
    desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine, count_statements: Any
) -> None:
    await desks.declare("lan", None, at(1), at(4, 11))
    await late_workbook(desks, 2)
    await check(worker_engine)
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        with count_statements(api_engine) as seen:
            urgent = await urgent_flags(scope, WARD_A, 3)
        assert [case.check.id for case in urgent] == ["guest-without-papers"]
        assert len(seen) == 1
        assert (await page_of_cases(scope, WARD_A, CaseFilter(), page=9)).page == 1
