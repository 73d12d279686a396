"""From declaration to answer: what is asked about whom, what is shown, what raises a flag."""

import logging
from datetime import date

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import asm.checks.population.verify_identities as verifying
from asm.accounts.sessions import actor_of_login
from asm.checks.population.verify_identities import IdentityLookUps
from asm.db.session import one_transaction
from asm.stays.changes import Amend, Depart, GuestChange, VoidStay
from asm.stays.entry import Guest
from tests.checks.desks import Desks, at, somebody
from tests.checks.population.ward import GOOD, OTHER, TIME_PASSES, UNKNOWN, Ward, of, shown
from tests.demo.population.service import Service


async def test_each_stay_shows_its_answer_to_host_and_ward(desks: Desks, ward: Ward) -> None:
    good, unknown, other = await of(desks, *(somebody(n) for n in (GOOD, UNKNOWN, OTHER)))
    assert await shown(desks, good) == "not_yet_checked"
    await ward.drained()
    assert await shown(desks, good) == "not_yet_checked"
    done = await ward.look_up()
    assert done == IdentityLookUps(claimed=3, verified=1, unknown=1, does_not_match=1)
    for login in ("lan", "minh"):
        assert await shown(desks, good, login) == "verified"
        assert await shown(desks, unknown, login) == "unknown"
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
    stay_ids = await of(desks, passport, foreigner, somebody(None))
    before = service.seen("people")
    done = await ward.look_up()
    assert done == IdentityLookUps(claimed=1, not_checkable=1)
    assert service.seen("people") == before
    assert [await shown(desks, stay_id) for stay_id in stay_ids] == ["not_yet_checked"] * 3
    assert set(await ward.status()) == {stay_ids[0]}
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

    await desks.change("lan", stay, Amend(guest=GuestChange.to(somebody(GOOD))), at(1, 19))
    assert await shown(desks, stay) == "not_yet_checked", "the answer was about somebody else"
    await ward.drained()
    assert await ward.open_flags() == [stay], "nobody has answered yet"
    await ward.look_up()
    assert await shown(desks, stay) == "verified"
    assert await ward.open_flags() == []

    await desks.change(
        "lan", stay, Amend(guest=GuestChange.to(somebody("001095000188"))), at(1, 20)
    )
    await ward.look_up()
    assert await ward.open_flags() == [stay]
    assert len(await ward.flags()) == 2, "other details, another flag"


@pytest.mark.parametrize("way", ["void", "no papers", "unknown"])
async def test_a_flag_whose_cause_is_gone_closes(way: str, desks: Desks, ward: Ward) -> None:
    (stay,) = await of(desks, somebody(OTHER))
    await ward.look_up()
    change = {
        "void": VoidStay(reason="nhầm"),
        "no papers": Amend(guest=GuestChange.to(somebody(None))),
        "unknown": Amend(guest=GuestChange.to(somebody(UNKNOWN))),
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


async def test_nobody_else_sees_the_answer(desks: Desks, ward: Ward) -> None:
    await of(desks, somebody(GOOD))
    await ward.look_up()
    for login, sees in (("lan", 1), ("minh", 1), ("hai", 0), ("thao", 0), ("admin", 0)):
        async with one_transaction(desks.engine) as session:
            await actor_of_login(session, login)
            counted = await session.execute(text("SELECT count(*) FROM identity_check"))
            assert counted.scalar_one() == sees, login
    async with one_transaction(desks.engine) as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("UPDATE identity_check SET status = 'verified'"))


async def test_nothing_personal_is_logged(
    desks: Desks, ward: Ward, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await of(desks, *(somebody(n) for n in (GOOD, UNKNOWN, OTHER)))
    service.control(garbage=True)
    await ward.look_up()
    service.control(garbage=False)
    await ward.change(TIME_PASSES)
    await ward.look_up()
    for said in (caplog.text, service.log.read_text(encoding="utf-8")):
        for personal in (GOOD, UNKNOWN, OTHER, "Mẫu"):
            assert personal not in said
