"""What cannot be answered now waits, grows no line of its own, and is answered later."""

from asm.checks.population.identity import waiting
from asm.checks.population.verify_identities import IdentityLookUps
from asm.db.session import one_transaction
from tests.checks.desks import Desks, rows, somebody
from tests.checks.population.ward import GOOD, TIME_PASSES, Ward, of, shown
from tests.demo.population.service import Service


async def test_during_an_outage_all_wait_and_afterwards_all_are_checked(
    desks: Desks, ward: Ward, service: Service
) -> None:
    stays = await of(desks, *(somebody(f"00109500{n:03}1") for n in range(8)))
    service.control(outage=True)
    assert await ward.look_up() == IdentityLookUps(claimed=8, put_off=8)
    assert await shown(desks, stays[0]) == "not_yet_checked"
    before = service.seen("questions")
    assert (await ward.look_up()).claimed == 0, "nobody is due yet"
    assert service.seen("questions") == before
    check_rows = await rows(
        ward.admin,
        "SELECT attempts, leased_until, checked_at, "
        "next_attempt_at - clock_timestamp() BETWEEN '5 s' AND '30 s' AS soon FROM identity_check",
    )
    assert {tuple(row) for row in check_rows} == {(1, None, None, True)}
    async with one_transaction(ward.worker) as session:
        assert (await waiting(session))[0] == 8

    service.control(outage=False)
    await ward.change(TIME_PASSES)
    assert await ward.look_up() == IdentityLookUps(claimed=8, verified=8)
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
    assert await ward.look_up() == IdentityLookUps(claimed=1, verified=1)
    assert await ward.look_up() == IdentityLookUps(claimed=3, verified=3)


async def test_a_record_that_does_not_open_is_put_off_and_sinks_no_other(
    desks: Desks, ward: Ward
) -> None:
    damaged, good = await of(desks, somebody("001095000021"), somebody(GOOD))
    await ward.change(
        "UPDATE vault.guest_record SET sealed = sealed || '\\x00' WHERE id = "
        f"(SELECT guest_record_id FROM stay WHERE id = '{damaged}')"
    )
    assert await ward.look_up() == IdentityLookUps(claimed=2, verified=1, put_off=1)
    assert await ward.status() == {damaged: "pending", good: "verified"}
