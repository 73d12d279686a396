"""The ward's officer declares for a house that cannot: marked, in the own ward, and no way in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Access
from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.errors import NotAllowed, NotFound, TooMany
from asm.facilities.scope import may_declare_for
from asm.identity.vault.keys import Keys
from asm.outbox.drain import drain
from asm.stays.assisted.assist import assist, house_of_ward, open_house
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import declare_stays
from asm.stays.entry import StayEntry
from asm.stays.queries import stay_in_scope
from asm.stays.stay_at import StayAt
from asm.worker.subscribers import HANDLERS
from tests.checks.desks import fresh_number, rows, somebody
from tests.web.visitor import Visitor

COPY = """
INSERT INTO stay (facility_id, id, arrival_date, ward_code, person_ref, guest_record_id,
  receipt_number, arrived_at, first_night, hourly, foreigner, no_papers, nationality,
  residence_country, tourism, received_at, due_at, on_time, via, declared_by)
SELECT facility_id, new_id(), arrival_date - 30, {ward}, person_ref, guest_record_id, 'X',
  arrived_at, first_night - 30, hourly, foreigner, no_papers, nationality, residence_country,
  tourism, received_at, due_at, on_time, {via}, {by} FROM stay
"""
RIGHT = {"via": "'assisted'", "ward": "ward_code", "by": "declared_by"}
WRONG = {
    "unmarked": {"via": "'desk'", "ward": "ward_code", "by": "declared_by"},
    "for another ward": {"via": "'assisted'", "ward": "'00004'", "by": "declared_by"},
    "under another name": {"via": "'assisted'", "ward": "ward_code", "by": "new_id()"},
}


class Officers:
    """Declares as somebody, each time in a transaction of its own."""

    def __init__(self, engine: AsyncEngine, keys: Keys) -> None:
        self.sessions, self.keys = make_sessions(engine), keys

    async def access(self, session: AsyncSession, login: str) -> Access:
        return Access(session, await actor_of_login(session, login), self.keys)

    async def assist(self, login: str, facility_id: UUID, **changes: Any) -> Outcome:
        async with self.sessions.begin() as session:
            access = await self.access(session, login)
            entry = StayEntry(
                guest=changes.pop("guest", None) or somebody(fresh_number()),
                arrived_at=access.actor.now - changes.pop("ago", timedelta(minutes=1)),
                planned_departure_at=access.actor.now + timedelta(days=2),
                room="101",
            )
            declaration = Declaration(
                facility_id=facility_id, entries=[entry], via="desk", **changes
            )
            outcome = await assist(access, declaration)
            left = await session.execute(text("SELECT current_setting('asm.facilities')"))
            assert left.scalar_one() == "", "the house is shut again"
            return outcome


@pytest.fixture
def officers(api_engine: AsyncEngine, vault_keys: Keys) -> Officers:
    return Officers(api_engine, vault_keys)


async def test_it_is_marked_everywhere_and_makes_nobody_a_member(
    officers: Officers, cast: Cast, admin_engine: AsyncEngine
) -> None:
    outcome = await officers.assist("minh", cast.hoa_sen)
    (result,) = outcome.results
    assert (outcome.accepted, result.receipt is not None) == (1, True)
    (minh,) = await rows(admin_engine, "SELECT id FROM account WHERE login = 'minh'")
    (stay,) = await rows(admin_engine, "SELECT * FROM stay")
    assert (stay.via, stay.declared_by, stay.facility_id) == ("assisted", minh.id, cast.hoa_sen)
    (version,) = await rows(admin_engine, "SELECT * FROM stay_version")
    assert (version.via, version.changed_by) == ("assisted", minh.id)
    (entry,) = await rows(admin_engine, "SELECT * FROM audit_entry WHERE action = 'stays.declared'")
    assert (entry.actor_id, entry.actor_role, entry.details["via"]) == (
        minh.id,
        "ward_officer",
        "assisted",
    )
    members = "SELECT 1 FROM membership WHERE account_id = :me"
    assert await rows(admin_engine, members, me=minh.id) == []
    async with officers.sessions.begin() as session:
        access = await officers.access(session, "minh")
        assert not may_declare_for(access.actor, cast.hoa_sen)
        with pytest.raises(NotAllowed):
            await declare_stays(
                access, Declaration(facility_id=cast.hoa_sen, entries=[], via="assisted")
            )
        lan = await officers.access(session, "lan")
        view = await stay_in_scope(StayAt(lan, cast.hoa_sen, stay.id))
        assert view.via == "assisted"


async def test_late_stays_late(officers: Officers, cast: Cast) -> None:
    outcome = await officers.assist("minh", cast.hoa_sen, ago=timedelta(days=3))
    assert outcome.results[0].on_time is False


async def test_sent_twice_it_is_one_stay(
    officers: Officers, cast: Cast, admin_engine: AsyncEngine
) -> None:
    guest, key = somebody(fresh_number()), "sent-twice-by-the-ward"
    outcomes = [
        await officers.assist("minh", cast.hoa_sen, guest=guest, key=key, body=b"same")
        for _ in range(2)
    ]
    assert outcomes[0].results[0].stay_id == outcomes[1].results[0].stay_id
    assert [outcome.replayed for outcome in outcomes] == [False, True]
    assert len(await rows(admin_engine, "SELECT 1 FROM stay")) == 1


@pytest.mark.parametrize("login", ["minh", "thao"])
async def test_a_house_of_another_ward_is_absent(
    login: str, officers: Officers, cast: Cast, admin_engine: AsyncEngine
) -> None:
    theirs = {"minh": cast.guest_house_b, "thao": cast.hoa_sen}[login]
    refusals = []
    for facility_id in (theirs, UUID(int=7)):
        with pytest.raises(NotFound) as refused:
            await officers.assist(login, facility_id)
        refusals.append((refused.value.code, refused.value.message))
    assert refusals[0] == refusals[1]
    assert await rows(admin_engine, "SELECT 1 FROM stay") == []


@pytest.mark.parametrize("login", ["lan", "quang", "admin"])
async def test_nobody_else_assists(login: str, officers: Officers, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await officers.assist(login, cast.hoa_sen)


async def test_an_officer_who_works_elsewhere_by_now_is_let_into_no_house(
    officers: Officers, cast: Cast, admin_session: AsyncSession
) -> None:
    """What the request read of the officer does not count: the database is asked again."""
    async with officers.sessions.begin() as session:
        access = await officers.access(session, "minh")
        await admin_session.execute(
            text("UPDATE account SET ward_code = '00004' WHERE login = 'minh'")
        )
        await admin_session.commit()
        with pytest.raises(NotFound):
            await assist(access, Declaration(facility_id=cast.hoa_sen, entries=[], via="assisted"))


@pytest.mark.parametrize("wrong", list(WRONG))
async def test_the_database_takes_nothing_else_from_an_officer(
    wrong: str, officers: Officers, cast: Cast
) -> None:
    """Even in a transaction in which somebody opened the house to the officer altogether."""
    await officers.assist("minh", cast.hoa_sen)
    async with officers.sessions() as session:
        await officers.access(session, "minh")
        await session.execute(
            text("SELECT set_config('asm.facilities', :house, true)"), {"house": str(cast.hoa_sen)}
        )
        good = {"via": "'assisted'", "ward": "ward_code", "by": "declared_by"}
        await session.execute(text(COPY.format(**good)))
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.execute(text(COPY.format(**WRONG[wrong])))


async def test_declaring_for_a_house_finds_nobody(
    officers: Officers, cast: Cast, client: httpx.AsyncClient, admin_engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:  # fmt: skip
    """Who is declared for a house of the ward while they sleep in another: where, says a look-up,
    with its reason and its budget, and nothing else.
    """
    who = somebody(fresh_number())
    async with officers.sessions.begin() as session:
        tuan = await officers.access(session, "tuan")
        entry = StayEntry(guest=who, arrived_at=tuan.actor.now - timedelta(hours=3), room="1")
        there = Declaration(facility_id=cast.guest_house_b, entries=[entry], via="desk")
        await declare_stays(tuan, there)
    await officers.assist("minh", cast.hoa_sen, guest=who)
    while (await drain(worker_engine, HANDLERS)).remaining:
        pass
    raised = await rows(
        admin_engine,
        "SELECT id, ward_code, evidence, stay_id, subject FROM flag "
        "WHERE check_id = 'same-document-two-places'",
    )
    ours, theirs = (
        next(each for each in raised if each.ward_code == code) for code in (WARD_A, WARD_B)
    )
    assert ours.evidence == {"other_stay_id": ours.subject}
    # The ward where the guest sleeps is told all: it is theirs to look at.
    assert theirs.evidence["other_ward_code"] == WARD_A
    assert theirs.evidence["overlap_from"]
    visitor = Visitor(client)
    await visitor.sign_in(cast, "minh")
    await visitor.open(f"/ward/flags/{ours.id}")
    assert "tra cứu người theo số giấy tờ" in visitor.html


async def test_no_more_guests_than_one_officer_sees_to(
    officers: Officers, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """A hundred by one officer and three hundred in one ward; a process that was taken over gets no
    further, as it writes them itself. What is sent again has its receipt all the same.
    """
    sent: dict[str, Any] = {"guest": somebody(fresh_number()), "key": "sent-again", "body": b"same"}
    await officers.assist("minh", cast.hoa_sen, **sent)
    counted = "SELECT guests, ward_code FROM assisted_hour"
    assert [tuple(row) for row in await rows(admin_engine, counted)] == [(1, WARD_A)]
    more = "UPDATE assisted_hour SET guests = {}"
    async with admin_engine.begin() as connection:
        await connection.execute(text(more.format(99)))
    await officers.assist("minh", cast.hoa_sen)
    with pytest.raises(TooMany) as refused:
        await officers.assist("minh", cast.hoa_sen)
    assert refused.value.code == "assisted_too_many"
    assert (await officers.assist("minh", cast.hoa_sen, **sent)).replayed
    async with officers.sessions.begin() as session:
        access = await officers.access(session, "minh")
        await open_house(access, await house_of_ward(access, cast.hoa_sen))
        with pytest.raises(DBAPIError, match="stay_assisted"):
            await session.execute(text(COPY.format(**RIGHT)))
        await session.rollback()
    assert len(await rows(admin_engine, "SELECT 1 FROM stay")) == 2
    # Another officer of the same ward has their own hundred, and the ward three.
    async with admin_engine.begin() as connection:
        await connection.execute(text("UPDATE assisted_hour SET account_id = gen_random_uuid()"))
        await connection.execute(text(more.format(299)))
    await officers.assist("minh", cast.hoa_sen)
    with pytest.raises(TooMany):
        await officers.assist("minh", cast.hoa_sen)
    async with admin_engine.begin() as connection:
        await connection.execute(text("UPDATE assisted_hour SET hour = hour - interval '24 hours'"))
    await officers.assist("minh", cast.hoa_sen)
