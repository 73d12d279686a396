"""Look-ups beside others: nothing is held, asked twice or overwritten by what is older."""

import asyncio
from typing import Any

from asm.checks.population.verify_identities import LEASE_S, IdentityLookUps, look_up_identities
from asm.identity.population import Patience
from asm.stays.changes import Amend, GuestChange
from tests.checks.desks import Desks, at, rows, somebody
from tests.checks.population.ward import GOOD, OTHER, TIME_PASSES, Ward, of
from tests.demo.population.service import Service


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
    records = [record for row in await ward.written() for record in row.details["records"]]
    assert len(records) == len(set(records)) == 30


async def test_an_answer_about_the_guest_as_told_before_is_dropped(
    desks: Desks, ward: Ward, service: Service
) -> None:
    (stay,) = await of(desks, somebody(OTHER))
    await ward.drained()
    service.control(hang=True)
    asking = asyncio.create_task(look_up_identities(ward.worker, ward.keys, ward.client))
    await until_hanging(service, asking)
    await desks.change("lan", stay, Amend(guest=GuestChange.to(somebody(GOOD))), at(1, 19))
    await ward.drained()
    service.control(hang=False)
    assert await asking == IdentityLookUps(claimed=1)
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
