"""From declaration to answer: what is asked about whom, what is shown, and what raises a flag."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import asm.checks.verify_identities as verifying
from asm.accounts.sessions import actor_of_login
from asm.checks.identity import CHECK_ID, waiting
from asm.checks.verify_identities import LEASE_S, LookUps, look_up_identities
from asm.db.session import one_transaction
from asm.identity.keys import Keys
from asm.identity.verify import Patience, PopulationClient
from asm.settings import Settings
from asm.stays.changes import Amend, Depart, VoidStay
from asm.stays.declaration import Guest, StayEntry
from asm.stays.open_vault import open_vault
from asm.stays.queries import stay_in_scope
from tests.checks.desks import ROOMS, Desks, at, check, flags, rows, somebody
from tests.conftest import Database
from tests.simulator.service import Service, service_in

GOOD, NOBODY, OTHER = "001095000001", "001095000009", "001095000088"
PATIENCE = Patience(connect_s=2.0, try_s=5.0, tries=2, first_wait_s=0.01, longest_wait_s=0.02)
TIME_PASSES = (
    "UPDATE identity_check SET next_attempt_at = clock_timestamp(), "
    "leased_until = least(leased_until, clock_timestamp())"
)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service_in(tmp_path_factory.mktemp("simulator")) as made:
        yield made


@pytest.fixture
def service(process: Service) -> Iterator[Service]:
    yield process
    process.control(error_rate=0.0, outage=False, hang=False, garbage=False)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[PopulationClient]:
    async with service.client(patience=PATIENCE) as opened:
        yield opened


@pytest.fixture
async def worker_keys(settings: Settings, worker_engine: AsyncEngine) -> Keys:
    """The keys as the worker has them: with its own login, and its own right to write look-ups."""
    return await open_vault(settings.secrets_dir, worker_engine).current()


class Ward:
    """The worker's side of a test, and what the database then holds."""

    def __init__(
        self, worker: AsyncEngine, admin: AsyncEngine, keys: Keys, client: PopulationClient
    ) -> None:
        self.worker, self.admin, self.keys, self.client = worker, admin, keys, client

    async def drained(self) -> None:
        await check(self.worker)

    async def look_up(self) -> LookUps:
        await self.drained()
        return await look_up_identities(self.worker, self.keys, self.client)

    async def status(self) -> dict[UUID, str]:
        found = await rows(self.admin, "SELECT stay_id, status FROM identity_check")
        return {row.stay_id: row.status for row in found}

    async def change(self, statement: str) -> None:
        async with one_transaction(self.admin) as session:
            await session.execute(text(statement))

    async def written(self) -> list[Any]:
        query = "SELECT * FROM audit_entry WHERE action = 'identity.looked_up' ORDER BY at"
        return await rows(self.admin, query)

    async def flags(self) -> list[Any]:
        return [row for row in await flags(self.admin) if row.check_id == CHECK_ID]

    async def open_flags(self) -> list[UUID]:
        return [row.stay_id for row in await self.flags() if row.closed_at is None]


@pytest.fixture
def ward(
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    worker_keys: Keys,
    client: PopulationClient,
) -> Ward:
    return Ward(worker_engine, admin_engine, worker_keys, client)


async def shown(desks: Desks, stay_id: UUID, login: str = "lan") -> str:
    async with one_transaction(desks.engine) as session:
        actor = await actor_of_login(session, login)
        view = await stay_in_scope(session, desks.keys, actor, desks.cast.hoa_sen, stay_id)
        return view.identity


async def of(desks: Desks, *guests: Guest, login: str = "lan", day: int = 1) -> list[UUID]:
    entries = [StayEntry(guest=one, arrived_at=at(day), room=ROOMS[login]) for one in guests]
    return await desks.declare_all(login, entries)


async def test_each_stay_shows_its_answer_to_host_and_ward(desks: Desks, ward: Ward) -> None:
    good, nobody, other = await of(desks, *(somebody(n) for n in (GOOD, NOBODY, OTHER)))
    assert await shown(desks, good) == "not_yet_checked"
    await ward.drained()
    assert await shown(desks, good) == "not_yet_checked"
    done = await ward.look_up()
    assert done == LookUps(claimed=3, verified=1, unknown=1, does_not_match=1)
    for login in ("lan", "minh"):
        assert await shown(desks, good, login) == "verified"
        assert await shown(desks, nobody, login) == "unknown"
        assert await shown(desks, other, login) == "does_not_match"
    assert (await ward.look_up()).claimed == 0


async def test_only_a_citizen_with_a_personal_number_is_asked_about(
    desks: Desks, ward: Ward, service: Service
) -> None:
    passport = msgspec.structs.replace(somebody(GOOD), document_type=4, document_number="C1234567")
    foreigner = Guest(
        full_name="SAMPLE KIM", birth_date=date(1990, 1, 1), sex="male", nationality="KOR",
        document_type=4, document_number="M12345678", residence_country="KOR",
        permitted_stay_until=date(2027, 1, 1),
    )  # fmt: skip
    told = await of(desks, passport, foreigner, somebody(None))
    before = service.seen("people")
    done = await ward.look_up()
    assert done == LookUps(claimed=1, not_checkable=1)
    assert service.seen("people") == before
    assert [await shown(desks, one) for one in told] == ["not_yet_checked"] * 3
    assert set(await ward.status()) == {told[0]}
    assert (await ward.look_up()).claimed == 0


async def test_a_birth_year_alone_is_asked_as_a_year(desks: Desks, ward: Ward) -> None:
    by_year = msgspec.structs.replace(
        somebody(GOOD), birth_date=date(1995, 1, 1), birth_date_precision="year"
    )
    assert verifying.identity_of(by_year).birth_date == "1995"
    (stay,) = await of(desks, by_year)
    await ward.look_up()
    assert await shown(desks, stay) == "verified"


async def test_a_mismatch_raises_a_flag_that_closes_when_a_later_version_matches(
    desks: Desks, ward: Ward
) -> None:
    (stay,) = await of(desks, somebody(OTHER))
    await ward.look_up()
    (flag,) = await ward.flags()
    assert (flag.check_id, flag.severity, flag.stay_id) == ("identity-mismatch", "medium", stay)
    assert (flag.facility_id, flag.ward_code) == (desks.cast.hoa_sen, "00070")
    assert flag.evidence == {}

    await desks.change("lan", stay, Amend(guest=somebody(GOOD)), at(1, 19))
    assert await shown(desks, stay) == "not_yet_checked", "the answer was about somebody else"
    await ward.drained()
    assert await ward.open_flags() == [stay], "nobody has answered yet"
    await ward.look_up()
    assert await shown(desks, stay) == "verified"
    assert await ward.open_flags() == []

    await desks.change("lan", stay, Amend(guest=somebody("001095000188")), at(1, 20))
    await ward.look_up()
    assert await ward.open_flags() == [stay]
    assert len(await ward.flags()) == 2, "other details, another flag"


@pytest.mark.parametrize("way", ["void", "no papers", "unknown"])
async def test_a_flag_whose_cause_is_gone_closes(way: str, desks: Desks, ward: Ward) -> None:
    (stay,) = await of(desks, somebody(OTHER))
    await ward.look_up()
    change = {
        "void": VoidStay(reason="nhầm"),
        "no papers": Amend(guest=somebody(None)),
        "unknown": Amend(guest=somebody(NOBODY)),
    }[way]
    await desks.change("lan", stay, change, at(1, 19))
    await ward.look_up()
    assert await ward.open_flags() == []
    assert (await ward.status()).get(stay) == ("unknown" if way == "unknown" else None)


async def test_a_change_that_is_not_about_the_guest_asks_nobody_again(
    desks: Desks, ward: Ward
) -> None:
    (stay,) = await of(desks, somebody(GOOD))
    await ward.look_up()
    await desks.change("lan", stay, Depart(departed_at=at(1, 20)), at(1, 20))
    assert (await ward.look_up()).claimed == 0
    assert await shown(desks, stay) == "verified"
    assert len(await ward.written()) == 1


async def test_during_an_outage_all_wait_and_afterwards_all_are_checked(
    desks: Desks, ward: Ward, service: Service
) -> None:
    stays = await of(desks, *(somebody(f"00109500{n:03}1") for n in range(8)))
    service.control(outage=True)
    assert await ward.look_up() == LookUps(claimed=8, put_off=8)
    assert await shown(desks, stays[0]) == "not_yet_checked"
    before = service.seen("questions")
    assert (await ward.look_up()).claimed == 0, "nobody is due yet"
    assert service.seen("questions") == before
    found = await rows(
        ward.admin,
        "SELECT attempts, leased_until, checked_at, "
        "next_attempt_at - clock_timestamp() BETWEEN '5 s' AND '30 s' AS soon FROM identity_check",
    )
    assert {tuple(row) for row in found} == {(1, None, None, True)}
    async with one_transaction(ward.worker) as session:
        assert (await waiting(session))[0] == 8

    service.control(outage=False)
    await ward.change(TIME_PASSES)
    assert await ward.look_up() == LookUps(claimed=8, verified=8)
    assert set((await ward.status()).values()) == {"verified"}
    async with one_transaction(ward.worker) as session:
        assert await waiting(session) == (0, 0.0)


async def test_waits_grow_to_an_hour_and_nobody_is_given_up(
    desks: Desks, ward: Ward, service: Service
) -> None:
    await of(desks, somebody(GOOD))
    await ward.drained()
    await ward.change("UPDATE identity_check SET attempts = 2000000")
    service.control(garbage=True)
    assert (await ward.look_up()).put_off == 1
    (row,) = await rows(
        ward.admin,
        "SELECT status, next_attempt_at - clock_timestamp() BETWEEN '29 min' AND '1 h' AS later "
        "FROM identity_check",
    )
    assert tuple(row) == ("pending", True)


async def test_while_the_breaker_is_open_nobody_is_opened_and_one_person_probes(
    desks: Desks, ward: Ward, service: Service
) -> None:
    await of(desks, *(somebody(f"00109500{n:03}1") for n in range(4)))
    for _ in range(5):
        ward.client.breaker.failed()
    assert (await ward.look_up()).claimed == 0
    assert await ward.written() == []
    ward.client.breaker._open_until = 0.0
    assert await ward.look_up() == LookUps(claimed=1, verified=1)
    assert await ward.look_up() == LookUps(claimed=3, verified=3)


async def test_the_look_up_is_written_down_for_good_before_anything_is_opened(
    desks: Desks, ward: Ward, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await of(desks, somebody(GOOD), somebody(NOBODY))
    theirs = await of(desks, somebody(OTHER), login="tuan")
    seen: list[int] = []
    really_open = verifying.open_sealed

    def watch(*arguments: Any) -> Any:
        # Another connection sees only what is committed.
        with psycopg.connect(database.admin_url) as other:
            found = other.execute(
                "SELECT count(*) FROM audit_entry WHERE action = 'identity.looked_up' "
                "AND details->'records' ? %s",
                [str(arguments[2].id)],
            ).fetchone()
            busy = other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'asm-test-worker' AND state <> 'idle'"
            ).fetchone()
        assert found is not None
        assert busy == (0,), "no transaction is open meanwhile"
        seen.append(found[0])
        return really_open(*arguments)

    monkeypatch.setattr(verifying, "open_sealed", watch)
    await ward.look_up()
    assert seen == [1, 1, 1]
    written = await ward.written()
    assert {(row.facility_id, row.ward_code) for row in written} == {
        (desks.cast.hoa_sen, "00070"),
        (desks.cast.guest_house_b, "00004"),
    }
    assert {row.actor_role for row in written} == {"worker"}
    assert {row.details["guests"] for row in written} == {1, 2}
    assert len(ours) + len(theirs) == 3


async def test_what_cannot_be_written_down_is_not_opened(
    desks: Desks, ward: Ward, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of(desks, somebody(GOOD))
    await ward.drained()
    opened: list[Any] = []
    monkeypatch.setattr(verifying, "open_sealed", lambda *told: opened.append(told))
    before = service.seen("questions")
    await ward.change("REVOKE INSERT ON audit_entry FROM asm_worker")
    with pytest.raises(DBAPIError, match="audit_entry"):
        await look_up_identities(ward.worker, ward.keys, ward.client)
    assert opened == []
    assert service.seen("questions") == before

    monkeypatch.undo()
    await ward.change("GRANT INSERT ON audit_entry TO asm_worker")
    await ward.change(TIME_PASSES)
    assert (await ward.look_up()).verified == 1


async def until_hanging(service: Service, task: "asyncio.Task[Any]") -> None:
    while not await asyncio.to_thread(service.seen, "hanging"):
        assert not task.done()
        await asyncio.sleep(0.02)


async def test_no_connection_is_held_while_the_service_takes_its_time(
    desks: Desks, ward: Ward, service: Service
) -> None:
    (stay,) = await of(desks, somebody(GOOD))
    await ward.drained()
    service.control(hang=True)
    asking = asyncio.create_task(look_up_identities(ward.worker, ward.keys, ward.client))
    await until_hanging(service, asking)
    assert ward.worker.pool.checkedout() == 0  # type: ignore[attr-defined]
    states = await rows(
        ward.admin,
        "SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = 'asm-test-worker' "
        "AND datname = current_database()",
    )
    assert [row.state for row in states] == ["idle"]

    # Meanwhile the outbox is emptied, and others find nothing to claim twice.
    (second,) = await of(desks, somebody("001095000011"))
    await ward.drained()
    service.control(hang=False)
    assert (await asking).claimed == 1
    assert (await ward.look_up()).claimed == 1
    assert await ward.status() == {stay: "verified", second: "verified"}


async def test_two_workers_do_not_ask_about_the_same_guests(desks: Desks, ward: Ward) -> None:
    await of(desks, *(somebody(f"0010950{n:04}1") for n in range(30)))
    await ward.drained()
    async with asyncio.TaskGroup() as workers:
        for _ in range(3):
            workers.create_task(look_up_identities(ward.worker, ward.keys, ward.client, 10))
    while (await ward.look_up()).claimed:
        pass
    asked = [record for row in await ward.written() for record in row.details["records"]]
    assert len(asked) == len(set(asked)) == 30


async def test_an_answer_about_the_guest_as_told_before_is_dropped(
    desks: Desks, ward: Ward, service: Service
) -> None:
    (stay,) = await of(desks, somebody(OTHER))
    await ward.drained()
    service.control(hang=True)
    asking = asyncio.create_task(look_up_identities(ward.worker, ward.keys, ward.client))
    await until_hanging(service, asking)
    await desks.change("lan", stay, Amend(guest=somebody(GOOD)), at(1, 19))
    await ward.drained()
    service.control(hang=False)
    assert await asking == LookUps(claimed=1)
    assert await ward.status() == {stay: "pending"}
    assert await ward.flags() == []
    assert (await ward.look_up()).verified == 1


async def test_an_answer_after_the_lease_ran_out_does_not_undo_a_newer_one(
    desks: Desks, ward: Ward, service: Service
) -> None:
    (stay,) = await of(desks, somebody(GOOD))
    await ward.drained()
    service.control(hang=True)
    slow = asyncio.create_task(look_up_identities(ward.worker, ward.keys, ward.client))
    await until_hanging(service, slow)
    await ward.change(TIME_PASSES)
    service.control(hang=False)
    async with service.client() as other:
        await look_up_identities(ward.worker, ward.keys, other)
    await slow
    assert await ward.status() == {stay: "verified"}


def test_the_lease_outlasts_the_most_patient_client() -> None:
    assert Patience().longest_s * 2 < LEASE_S


async def test_a_record_that_does_not_open_is_put_off_and_sinks_no_other(
    desks: Desks, ward: Ward
) -> None:
    damaged, good = await of(desks, somebody("001095000021"), somebody(GOOD))
    await ward.change(
        "UPDATE vault.guest_record SET sealed = sealed || '\\x00' WHERE id = "
        f"(SELECT guest_record_id FROM stay WHERE id = '{damaged}')"
    )
    assert await ward.look_up() == LookUps(claimed=2, verified=1, put_off=1)
    assert await ward.status() == {damaged: "pending", good: "verified"}


async def test_nobody_else_sees_the_answer(desks: Desks, ward: Ward) -> None:
    await of(desks, somebody(GOOD))
    await ward.look_up()
    for login, sees in (("lan", 1), ("minh", 1), ("hai", 0), ("thao", 0), ("admin", 0)):
        async with one_transaction(desks.engine) as session:
            await actor_of_login(session, login)
            found = await session.execute(text("SELECT count(*) FROM identity_check"))
            assert found.scalar_one() == sees, login
    async with one_transaction(desks.engine) as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("UPDATE identity_check SET status = 'verified'"))


async def test_a_batch_takes_the_same_few_statements_whatever_its_size(
    desks: Desks, ward: Ward, count_statements: Any
) -> None:
    taken = []
    for people in (1, 40):
        await of(desks, *(somebody(f"00109{people:02}{n:04}1") for n in range(people)), day=people)
        await ward.drained()
        with count_statements(ward.worker) as seen:
            await look_up_identities(ward.worker, ward.keys, ward.client)
        taken.append(len(seen))
    assert taken[0] == taken[1]


async def test_nothing_personal_is_logged(
    desks: Desks, ward: Ward, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await of(desks, *(somebody(n) for n in (GOOD, NOBODY, OTHER)))
    service.control(garbage=True)
    await ward.look_up()
    service.control(garbage=False)
    await ward.change(TIME_PASSES)
    await ward.look_up()
    for said in (caplog.text, service.log.read_text(encoding="utf-8")):
        for personal in (GOOD, NOBODY, OTHER, "Mẫu"):
            assert personal not in said
