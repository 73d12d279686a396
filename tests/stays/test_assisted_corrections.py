"""The officer corrects what they declared for a house: that very stay, a day, and nothing else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Access
from asm.demo.cast import WARD_A, Cast
from asm.errors import Conflict, Invalid, NotAllowed, NotFound
from asm.identity.vault.keys import Keys
from asm.stays.assisted.correct import correct_assisted
from asm.stays.change import Changed, change_stay
from asm.stays.changes import Amend, Change, ChangeRequest, Depart, VoidStay
from asm.stays.declaration import Declaration
from asm.stays.declare import declare_stays
from asm.stays.entry import StayEntry
from tests.checks.desks import fresh_number, rows, somebody
from tests.stays.test_assist import Officers

ROOM = Amend(room="102")


class Correctors(Officers):
    """Corrects as somebody, `later` than now."""

    async def correct(
        self,
        login: str,
        facility_id: UUID,
        stay_id: UUID,
        change: Change = ROOM,
        later: timedelta = timedelta(0),
        **sent: Any,
    ) -> Changed:
        async with self.sessions.begin() as session:
            access = await self.access(session, login)
            actor = msgspec.structs.replace(access.actor, now=access.actor.now + later)
            request = ChangeRequest(
                facility_id=facility_id, stay_id=stay_id, change=change, via="desk", **sent
            )
            try:
                return await correct_assisted(Access(session, actor, self.keys), request)
            finally:
                left = await session.execute(text("SELECT current_setting('asm.facilities')"))
                assert login == "lan" or left.scalar_one() == "", "the house is shut again"

    async def by_the_house(self, facility_id: UUID, stay_id: UUID, change: Change) -> None:
        async with self.sessions.begin() as session:
            request = ChangeRequest(
                facility_id=facility_id, stay_id=stay_id, change=change, via="desk"
            )
            await change_stay(await self.access(session, "lan"), request)

    async def declare(self, facility_id: UUID) -> UUID:
        async with self.sessions.begin() as session:
            access = await self.access(session, "lan")
            entry = StayEntry(
                guest=somebody(fresh_number()), arrived_at=access.actor.now, room="101"
            )
            declaration = Declaration(facility_id=facility_id, entries=[entry], via="desk")
            return stay_of(await declare_stays(access, declaration))


def stay_of(outcome: Any) -> UUID:
    stay_id: UUID = outcome.results[0].stay_id
    return stay_id


@pytest.fixture
def officers(api_engine: AsyncEngine, vault_keys: Keys) -> Correctors:
    return Correctors(api_engine, vault_keys)


#: What was declared for a house is no longer the officer's to correct.
CLOSED = {"assisted_change_closed"}


async def test_each_version_is_marked_and_audited(
    officers: Correctors, cast: Cast, admin_engine: AsyncEngine
) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    await officers.correct("minh", cast.hoa_sen, stay_id)
    await officers.correct("minh", cast.hoa_sen, stay_id, later=timedelta(hours=23))
    await officers.correct("minh", cast.hoa_sen, stay_id, VoidStay(reason="nhầm người"))
    (stay,) = await rows(admin_engine, "SELECT * FROM stay")
    assert (stay.room_name, stay.void_reason, stay.version) == ("102", "nhầm người", 3)
    versions = await rows(admin_engine, "SELECT * FROM stay_version")
    assert {(each.via, each.changed_by) for each in versions} == {("assisted", stay.declared_by)}
    deeds = await rows(
        admin_engine,
        "SELECT * FROM audit_entry WHERE action IN ('stay.amended', 'stay.voided')",
    )
    assert {(deed.actor_role, deed.details["via"]) for deed in deeds} == {
        ("ward_officer", "assisted")
    }
    assert len(deeds) == 2


async def test_a_stay_that_the_house_declared_is_the_house_s(
    officers: Correctors, cast: Cast
) -> None:
    assert await refused(officers, cast, await officers.declare(cast.hoa_sen)) == CLOSED


async def test_what_the_house_changed_is_the_house_s_from_then_on(
    officers: Correctors, cast: Cast
) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    await officers.by_the_house(cast.hoa_sen, stay_id, Amend(room="103"))
    assert await refused(officers, cast, stay_id) == CLOSED


async def test_it_ends_after_a_day(officers: Correctors, cast: Cast) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    assert await refused(officers, cast, stay_id, later=timedelta(hours=24, minutes=1)) == CLOSED


async def test_what_is_sent_again_has_its_receipt_also_when_it_is_the_house_s_by_now(
    officers: Correctors, cast: Cast
) -> None:
    house, stay_id = cast.hoa_sen, stay_of(await officers.assist("minh", cast.hoa_sen))
    sent: dict[str, Any] = {"key": "sent-again", "body": b"same"}
    changed = await officers.correct("minh", house, stay_id, **sent)
    await officers.by_the_house(house, stay_id, Amend(room="103"))
    for later in (timedelta(0), timedelta(hours=25)):
        again = await officers.correct("minh", house, stay_id, later=later, **sent)
        assert (again.replayed, again.receipt) == (True, changed.receipt)
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await officers.correct("minh", house, stay_id, **sent | {"body": b"other"})
    assert await refused(officers, cast, stay_id) == CLOSED


async def test_another_officer_of_the_ward_corrects_nothing(
    officers: Correctors, cast: Cast, admin_session: AsyncSession
) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    await admin_session.execute(
        text("UPDATE account SET ward_code = :ward WHERE login = 'thao'"), {"ward": WARD_A}
    )
    await admin_session.commit()
    assert await refused(officers, cast, stay_id, login="thao") == CLOSED


async def refused(
    officers: Correctors,
    cast: Cast,
    stay_id: UUID,
    login: str = "minh",
    later: timedelta = timedelta(0),
) -> set[str]:
    """The codes with which each correction is refused."""
    codes = set()
    for change in (ROOM, VoidStay(reason="nhầm")):
        with pytest.raises(Conflict) as closed:
            await officers.correct(login, cast.hoa_sen, stay_id, change, later)
        codes.add(closed.value.code)
    return codes


async def test_another_ward_finds_nothing_there(officers: Correctors, cast: Cast) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    refusals = []
    for facility_id, which in ((cast.hoa_sen, stay_id), (UUID(int=7), UUID(int=7))):
        with pytest.raises(NotFound) as absent:
            await officers.correct("thao", facility_id, which)
        refusals.append((absent.value.code, absent.value.message))
    assert refusals[0] == refusals[1]
    with pytest.raises(NotFound):
        await officers.correct("minh", cast.hoa_sen, UUID(int=7))
    with pytest.raises(NotFound):  # a stay of another house
        await officers.correct("minh", cast.boarding_house, stay_id)


async def test_who_works_elsewhere_by_now_is_let_in_no_more(
    officers: Correctors, cast: Cast, admin_session: AsyncSession
) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    async with officers.sessions.begin() as session:
        access = await officers.access(session, "minh")
        await admin_session.execute(
            text("UPDATE account SET ward_code = '00004' WHERE login = 'minh'")
        )
        await admin_session.commit()
        request = ChangeRequest(
            facility_id=cast.hoa_sen, stay_id=stay_id, change=ROOM, via="assisted"
        )
        with pytest.raises(NotFound):
            await correct_assisted(access, request)


async def test_the_rest_of_a_stay_s_life_is_the_house_s(officers: Correctors, cast: Cast) -> None:
    stay_id = stay_of(await officers.assist("minh", cast.hoa_sen))
    with pytest.raises(NotAllowed):
        await officers.correct("minh", cast.hoa_sen, stay_id, Depart())
    with pytest.raises(NotAllowed):
        await officers.correct("lan", cast.hoa_sen, stay_id)
