"""What officers do about a case: who did what, who sees it, and that nothing is lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.checks.flags.cases import FlagCase, flags_of_case
from asm.checks.flags.deeds import (
    DeedView,
    Settlement,
    deeds_of,
    note_case,
    release_case,
    settle_case,
    take_case,
    undo_settlement,
)
from asm.checks.flags.pass_on import Receiver, answer_passed, passed_from, passed_here
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, WARD_B
from asm.errors import Conflict, Invalid, NotAllowed, NotFound
from asm.stays.changes import Amend, VoidStay
from tests.checks.desks import Desks, at, check, fresh_number, rows
from tests.checks.flags.test_cases import WARDS, cases, late_workbook, the_case

Deed = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def scope_of(engine: AsyncEngine, login: str) -> AsyncIterator[Scope]:
    """A transaction of its own, as a request has."""
    async with make_sessions(engine).begin() as session:
        yield Scope(session, await actor_of_login(session, login))


async def do(engine: AsyncEngine, login: str, deed: Deed, case: FlagCase, *rest: Any) -> None:
    async with scope_of(engine, login) as scope:
        await deed(scope, WARDS[login], case.id, *rest)


async def history(engine: AsyncEngine, login: str, case: FlagCase) -> list[DeedView]:
    async with scope_of(engine, login) as scope:
        flags = await flags_of_case(scope, WARDS[login], case.id)
        return await deeds_of(scope, WARDS[login], flags)


@pytest.fixture
async def late(desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine) -> FlagCase:
    await late_workbook(desks, 2)
    await check(worker_engine)
    return await the_case(api_engine, check_id="declared-late")


@pytest.fixture
async def pair(desks: Desks, worker_engine: AsyncEngine) -> tuple[UUID, UUID]:
    number = fresh_number()
    ours = await desks.declare("lan", number, at(1), at(5, 11))
    theirs = await desks.declare("tuan", number, at(3), at(7, 11))
    await check(worker_engine)
    return ours, theirs


async def test_a_case_is_taken_noted_and_settled_with_each_deed_kept(
    late: FlagCase, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await do(api_engine, "minh", take_case, late)
    await do(api_engine, "minh", take_case, late)
    assert (await the_case(api_engine, taken="mine")).taken_by == "Minh"
    assert (await cases(api_engine, taken="nobody")).total == 0
    await do(api_engine, "minh", note_case, late, "Anh Phát nói mạng hỏng từ 22 giờ.")
    done = Settlement(outcome="called", note="Đã gọi, sáng mai khai bù.")
    await do(api_engine, "minh", settle_case, late, done)
    await do(api_engine, "minh", settle_case, late, done)
    assert (await cases(api_engine)).total == 0
    settled = await the_case(api_engine, state="dismissed")
    assert (settled.outcome, settled.settled_by, settled.stays) == ("called", "Minh", 2)
    deeds = await history(api_engine, "minh", settled)
    assert [(deed.deed, deed.by) for deed in deeds] == [
        ("taken", "Minh"),
        ("noted", "Minh"),
        ("called", "Minh"),
    ]
    assert deeds[1].note == "Anh Phát nói mạng hỏng từ 22 giờ."
    entries = await rows(admin_engine, "SELECT * FROM audit_entry WHERE action LIKE 'flag.%'")
    assert {entry.action for entry in entries} == {"flag.taken", "flag.noted", "flag.called"}
    assert "Phát" not in str([entry.details for entry in entries])


async def test_another_outcome_is_refused_until_the_first_is_taken_back(
    late: FlagCase, api_engine: AsyncEngine
) -> None:
    await do(api_engine, "minh", settle_case, late, Settlement(outcome="corrected"))
    wrong = Settlement(outcome="nothing_wrong", note="đã rõ")
    with pytest.raises(Conflict) as refused:
        await do(api_engine, "minh", settle_case, late, wrong)
    assert refused.value.code == "case_settled"
    with pytest.raises(Conflict):
        await do(api_engine, "minh", take_case, late)
    await do(api_engine, "minh", undo_settlement, late)
    await do(api_engine, "minh", undo_settlement, late)
    await do(api_engine, "minh", settle_case, late, wrong)
    settled = await the_case(api_engine, state="dismissed")
    assert settled.outcome == "nothing_wrong"
    assert [deed.deed for deed in await history(api_engine, "minh", settled)] == [
        "corrected",
        "undone",
        "nothing_wrong",
    ]


@pytest.mark.parametrize(
    ("settlement", "pointer", "code"),
    [
        (Settlement(outcome="nothing_wrong", note=" "), "/note", "note_missing"),
        (Settlement(outcome="called", note="x" * 2001), "/note", "note_too_long"),
        (Settlement(outcome="passed_on", note="xem giúp"), "/to", "receiver_missing"),
        (
            Settlement(outcome="passed_on", note="x", to=Receiver(ward_code=WARD_A)),
            "/to",
            "receiver_own_ward",
        ),
        (
            Settlement(outcome="passed_on", note="x", to=Receiver(ward_code="99999")),
            "/to",
            "ward_unknown",
        ),
    ],
)
async def test_what_cannot_be_settled_so_names_its_field(
    settlement: Settlement, pointer: str, code: str, late: FlagCase, api_engine: AsyncEngine
) -> None:
    with pytest.raises(Invalid) as refused:
        await do(api_engine, "minh", settle_case, late, settlement)
    assert [(e["pointer"], e["code"]) for e in refused.value.errors] == [(pointer, code)]
    assert (await the_case(api_engine, check_id="declared-late")).state == "open"


async def test_more_of_the_same_waits_though_the_first_was_settled(
    late: FlagCase, desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    done = Settlement(outcome="nothing_wrong", note="mạng hỏng")
    await do(api_engine, "minh", settle_case, late, done)
    await late_workbook(desks, 2, day=at(2, 10))
    await check(worker_engine)
    assert (await the_case(api_engine, check_id="declared-late")).stays == 2


@pytest.mark.parametrize(("outcome", "again"), [("called", 1), ("nothing_wrong", 0)])
async def test_whether_a_cause_that_comes_back_waits_again_goes_by_the_outcome(
    outcome: Any,
    again: int,
    pair: tuple[UUID, UUID],
    desks: Desks,
    worker_engine: AsyncEngine,
    api_engine: AsyncEngine,
) -> None:
    case = await the_case(api_engine)
    await do(api_engine, "minh", settle_case, case, Settlement(outcome=outcome, note="đã rõ"))
    soon_over = Amend(planned_departure_at=at(2, 11))
    await desks.change("lan", pair[0], soon_over, at(1, 20))
    await check(worker_engine)
    assert (await the_case(api_engine, state="closed")).state == "closed"
    await desks.change("lan", pair[0], Amend(planned_departure_at=at(5, 11)), at(1, 21))
    await check(worker_engine)
    assert (await cases(api_engine)).total == again


async def test_the_other_ward_of_a_pair_sees_the_deed_and_not_the_words(
    pair: tuple[UUID, UUID], api_engine: AsyncEngine
) -> None:
    mine, hers = await the_case(api_engine), await the_case(api_engine, "thao")
    await do(api_engine, "minh", note_case, mine, "Ghi riêng: chị Lan xác nhận.")
    await do(api_engine, "minh", settle_case, mine, Settlement(outcome="called", note="đã gọi Lan"))
    (deed,) = await history(api_engine, "thao", hers)
    assert (deed.deed, deed.by, deed.note) == ("called", None, None)
    assert deed.ward_name == "Phường Hoàn Kiếm"
    assert (await the_case(api_engine, "thao")).state == "open"


async def test_what_is_passed_on_is_seen_and_answered_there(
    late: FlagCase, api_engine: AsyncEngine
) -> None:
    to_ward = Settlement(
        outcome="passed_on", note="Khách sang bên đó.", to=Receiver(ward_code=WARD_B)
    )
    await do(api_engine, "minh", settle_case, late, to_ward)
    async with scope_of(api_engine, "thao") as scope:
        (passed,) = await passed_here(scope)
        assert (passed.guests, passed.from_ward_name) == (2, "Phường Hoàn Kiếm")
        assert (passed.facility_name, passed.note) == (None, "Khách sang bên đó.")
        await answer_passed(scope, passed.id, "Không có ở đây.")
        await answer_passed(scope, passed.id, "Không có ở đây.")
    async with scope_of(api_engine, "thao") as scope:
        with pytest.raises(Conflict):
            await answer_passed(scope, passed.id, "Có.")
    async with scope_of(api_engine, "minh") as scope:
        flags = await flags_of_case(scope, WARD_A, late.id)
        assert [each.answer for each in await passed_from(scope, flags)] == ["Không có ở đây."]
        assert await passed_here(scope) == []
        with pytest.raises(NotFound):
            await answer_passed(scope, passed.id, "của tôi")
    async with scope_of(api_engine, "lan") as scope:
        with pytest.raises(NotAllowed):
            await passed_here(scope)


async def test_what_is_taken_back_is_seen_no_more(late: FlagCase, api_engine: AsyncEngine) -> None:
    to_ward = Settlement(outcome="passed_on", note="xem giúp", to=Receiver(ward_code=WARD_B))
    await do(api_engine, "minh", settle_case, late, to_ward)
    await do(api_engine, "minh", undo_settlement, late)
    async with scope_of(api_engine, "thao") as scope:
        assert await passed_here(scope) == []
    assert (await the_case(api_engine, check_id="declared-late")).state == "open"


@pytest.mark.parametrize("table", ["flag_deed", "passed_case"])
async def test_the_database_keeps_deeds_from_other_wards(
    table: str, late: FlagCase, api_engine: AsyncEngine
) -> None:
    """However a query is written: rows of another ward are not there, and none is added for it."""
    to_province = Settlement(outcome="passed_on", note="kính chuyển", to=Receiver())
    await do(api_engine, "minh", settle_case, late, to_province)
    for login, seen in (("minh", 1), ("thao", 0), ("lan", 0), ("admin", 0)):
        async with scope_of(api_engine, login) as scope:
            count = await scope.session.execute(text(f"SELECT count(*) FROM {table}"))
            assert count.scalar_one() == seen, login


async def test_a_case_that_closed_itself_is_not_settled(
    pair: tuple[UUID, UUID], desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    case = await the_case(api_engine)
    await desks.change("tuan", pair[1], VoidStay(reason="nhầm"), at(4))
    await check(worker_engine)
    with pytest.raises(Conflict) as refused:
        await do(api_engine, "minh", settle_case, case, Settlement(outcome="called"))
    assert refused.value.code == "case_settled"


async def test_a_deed_cannot_be_done_for_another_ward(
    late: FlagCase, api_engine: AsyncEngine
) -> None:
    for deed in (take_case, release_case, undo_settlement):
        with pytest.raises(NotFound):
            await do(api_engine, "thao", deed, late)


async def test_the_ward_before_goes_on_with_what_it_keeps_of_a_house_that_moved(
    late: FlagCase, desks: Desks, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    """The stays were over by then, so their flags stay with the ward of their nights."""
    async with make_sessions(admin_engine).begin() as session:
        house = {"house": desks.cast.hoa_sen}
        await session.execute(
            text(
                "INSERT INTO facility_ward_past (facility_id, ward_code, valid_from, valid_to) "
                "VALUES (:house, '00070', NULL, current_date)"
            ),
            house,
        )
        await session.execute(
            text(
                "UPDATE facility SET ward_code = '00004', ward_since = current_date "
                "WHERE id = :house"
            ),
            house,
        )
    passed = Settlement(
        outcome="passed_on", note="nhà đã sang Ba Đình", to=Receiver(ward_code=WARD_B)
    )
    await do(api_engine, "minh", settle_case, late, passed)
    await do(api_engine, "minh", undo_settlement, late)
    assert [deed.deed for deed in await history(api_engine, "minh", late)] == [
        "passed_on",
        "undone",
    ]
