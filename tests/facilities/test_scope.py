import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.db.base import new_id
from asm.demo.cast import Cast
from asm.errors import NotAllowed, NotFound
from asm.facilities.model import facility
from asm.facilities.scope import facilities_of, facility_in_scope, require_member, require_ward
from tests.facilities.people import as_person


@pytest.mark.parametrize("login", ["lan", "minh", "admin", "pms"])
async def test_those_in_scope_see_the_hotel(
    db_session: AsyncSession, cast: Cast, login: str
) -> None:
    actor = await as_person(db_session, login)
    assert (await facility_in_scope(Scope(db_session, actor), cast.hoa_sen)).id == cast.hoa_sen


@pytest.mark.parametrize("login", ["hai", "bich", "thao", "tuan"])
async def test_out_of_scope_looks_exactly_like_absent(
    db_session: AsyncSession, cast: Cast, login: str
) -> None:
    actor = await as_person(db_session, login)
    refusals = []
    for identifier in (cast.hoa_sen, new_id()):
        with pytest.raises(NotFound) as refusal:
            await facility_in_scope(Scope(db_session, actor), identifier)
        refusals.append(vars(refusal.value))
    assert refusals[0] == refusals[1]


async def test_lists_hold_the_scope_and_nothing_else(db_session: AsyncSession, cast: Cast) -> None:
    expected = {
        "lan": {cast.hoa_sen},
        "hai": {cast.boarding_house},
        "tuan": {cast.guest_house_b},
        "thao": {cast.guest_house_b},
        "minh": {cast.hoa_sen, cast.boarding_house, cast.hospital},
    }
    for login, ids in expected.items():
        actor = await as_person(db_session, login)
        assert {each.id for each in await facilities_of(Scope(db_session, actor))} == ids
        rows = await db_session.execute(select(func.count()).select_from(facility))
        assert rows.scalar_one() == len(ids)  # the database says it again


async def test_only_members_act_for_a_facility(db_session: AsyncSession, cast: Cast) -> None:
    lan = await as_person(db_session, "lan")
    hoa_sen = await facility_in_scope(Scope(db_session, lan), cast.hoa_sen)
    require_member(lan, hoa_sen)
    for login in ("minh", "hai", "admin"):
        with pytest.raises(NotAllowed):
            require_member(await as_person(db_session, login), hoa_sen)


async def test_only_the_officer_of_the_ward_sees_it(db_session: AsyncSession) -> None:
    require_ward(await as_person(db_session, "minh"), "00070")
    for login in ("thao", "lan", "admin"):
        with pytest.raises(NotFound, match="ward_not_found"):
            require_ward(await as_person(db_session, login), "00070")
