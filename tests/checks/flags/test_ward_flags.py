"""Flags as the ward's officer reads and settles them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.checks.flags.ward_flags import OPEN, FlagView, dismiss_flag, open_flags, reopen_flag
from asm.checks.registry import CHECKS
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import WARD_A, WARD_B
from asm.errors import Conflict, Invalid, NotFound
from asm.stays.changes import VoidStay
from tests.checks.desks import Desks, at, check, fresh_number, rows

WARDS = {"minh": WARD_A, "thao": WARD_B}


class Officer:
    """Calls each use case in a transaction of its own, as a request would."""

    def __init__(self, engine: AsyncEngine, login: str) -> None:
        self.engine, self.login, self.ward = engine, login, WARDS.get(login, WARD_A)

    async def _as(self, session: AsyncSession) -> Actor:
        return await actor_of_login(session, self.login)

    async def flags(
        self, ward: str | None = None, *, include_closed: bool = False
    ) -> list[FlagView]:
        only = None if include_closed else OPEN
        async with make_sessions(self.engine).begin() as session:
            return await open_flags(
                Scope(session, await self._as(session)), ward or self.ward, only
            )

    async def dismiss(self, flag_id: UUID, note: str) -> FlagView:
        async with make_sessions(self.engine).begin() as session:
            actor = await self._as(session)
            return await dismiss_flag(Scope(session, actor), self.ward, flag_id, note)

    async def reopen(self, flag_id: UUID) -> FlagView:
        async with make_sessions(self.engine).begin() as session:
            return await reopen_flag(Scope(session, await self._as(session)), self.ward, flag_id)


@pytest.fixture
def minh(api_engine: AsyncEngine) -> Officer:
    return Officer(api_engine, "minh")


@pytest.fixture
def thao(api_engine: AsyncEngine) -> Officer:
    return Officer(api_engine, "thao")


@pytest.fixture
async def stays(desks: Desks, worker_engine: AsyncEngine) -> tuple[UUID, UUID]:
    number = fresh_number()
    ours = await desks.declare("lan", number, at(1), at(5, 11))
    theirs = await desks.declare("tuan", number, at(3), at(7, 11))
    await check(worker_engine)
    return ours, theirs


async def test_each_officer_sees_the_own_side_and_nothing_of_the_other_place(
    minh: Officer, thao: Officer, stays: tuple[UUID, UUID], desks: Desks
) -> None:
    (mine,) = await minh.flags()
    (hers,) = await thao.flags()
    assert (mine.facility_name, mine.stay_id) == ("Khách sạn Hoa Sen", stays[0])
    assert (hers.facility_name, hers.stay_id) == ("Nhà nghỉ Sao Mai", stays[1])
    assert (mine.severity, mine.evidence["other_ward_code"]) == ("high", WARD_B)
    assert "Sao Mai" not in str(mine)
    assert str(desks.cast.guest_house_b) not in str(mine)
    assert mine.title == "Một giấy tờ, hai nơi lưu trú"
    assert mine.explanation_en


@pytest.mark.parametrize("login", ["thao", "lan", "admin"])
async def test_another_ward_looks_absent(
    login: str, api_engine: AsyncEngine, minh: Officer, stays: tuple[UUID, UUID]
) -> None:
    stranger = Officer(api_engine, login)
    stranger.ward = WARD_A
    (mine,) = await minh.flags()
    for attempt in (stranger.flags(), stranger.dismiss(mine.id, "x"), stranger.reopen(mine.id)):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.code == "ward_not_found"


async def test_a_flag_of_another_ward_looks_like_no_flag(
    minh: Officer, thao: Officer, stays: tuple[UUID, UUID]
) -> None:
    (hers,) = await thao.flags()
    refusals = []
    for flag_id in (hers.id, uuid4()):
        with pytest.raises(NotFound) as refused:
            await minh.dismiss(flag_id, "không phải của tôi")
        refusals.append((refused.value.code, refused.value.message))
    assert refusals[0] == refusals[1]
    assert len(await thao.flags()) == 1


async def test_dismissing_takes_a_note_and_leaves_an_entry(
    minh: Officer, thao: Officer, stays: tuple[UUID, UUID], admin_engine: AsyncEngine
) -> None:
    (flag,) = await minh.flags()
    for note, code in (("  ", "note_missing"), ("x" * 2001, "note_too_long")):
        with pytest.raises(Invalid) as refused:
            await minh.dismiss(flag.id, note)
        assert [(e["pointer"], e["code"]) for e in refused.value.errors] == [("/note", code)]
    done = await minh.dismiss(flag.id, " Khách đã rời đi, cơ sở quên ghi. ")
    again = await minh.dismiss(flag.id, "Khách đã rời đi, cơ sở quên ghi.")
    assert done == again
    assert done.dismissal_note == "Khách đã rời đi, cơ sở quên ghi."
    with pytest.raises(Conflict):
        await minh.dismiss(flag.id, "lý do khác")
    assert await minh.flags() == []
    assert [f.id for f in await minh.flags(include_closed=True)] == [flag.id]
    assert len(await thao.flags()) == 1
    (entry,) = await rows(admin_engine, "SELECT * FROM audit_entry WHERE action = 'flag.dismissed'")
    assert (entry.subject_id, entry.ward_code) == (flag.id, WARD_A)
    assert "rời đi" not in str(entry.details)


async def test_a_dismissal_can_be_taken_back(
    minh: Officer, stays: tuple[UUID, UUID], admin_engine: AsyncEngine
) -> None:
    (flag,) = await minh.flags()
    assert await minh.reopen(flag.id) == flag
    await minh.dismiss(flag.id, "nhầm")
    assert await minh.reopen(flag.id) == flag
    assert await minh.flags() == [flag]
    entries = await rows(admin_engine, "SELECT 1 FROM audit_entry WHERE action = 'flag.reopened'")
    assert len(entries) == 1


async def test_what_closed_itself_is_listed_only_when_asked(
    minh: Officer, stays: tuple[UUID, UUID], desks: Desks, worker_engine: AsyncEngine
) -> None:
    await desks.change("tuan", stays[1], VoidStay(reason="nhầm"), at(4))
    await check(worker_engine)
    assert await minh.flags() == []
    (closed,) = await minh.flags(include_closed=True)
    assert closed.closed_at is not None


async def test_the_list_takes_one_query(
    minh: Officer, stays: tuple[UUID, UUID], api_engine: AsyncEngine, count_statements: Any
) -> None:
    async with one_transaction(api_engine) as session:
        actor = await actor_of_login(session, "minh")
        with count_statements(api_engine) as seen:
            assert await open_flags(Scope(session, actor), WARD_A)
        assert len(seen) == 1


def test_every_check_is_explained_in_both_languages() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    for each in CHECKS:
        assert all((each.title, each.title_en, each.explanation, each.explanation_en))
