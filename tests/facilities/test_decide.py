import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.db.session import make_sessions
from asm.errors import Conflict, Invalid, NotAllowed, NotFound
from asm.facilities.correct import Correction, correct_facility
from asm.facilities.decide import activate_facility, return_facility
from asm.facilities.facility import Facility
from asm.facilities.register import register_facility
from tests.facilities.people import actions, as_person, guest_house


@pytest.fixture
async def pending(api_engine: AsyncEngine) -> Facility:
    async with make_sessions(api_engine).begin() as session:
        return await register_facility(
            Scope(session, await as_person(session, "hai")), guest_house()
        )


def _corrected(earlier: Facility, **changes: object) -> Correction:
    same = {
        field: getattr(earlier, field)
        for field in Correction.__struct_fields__
        if hasattr(earlier, field)
    }
    return msgspec.convert({**same, **changes}, Correction)


async def test_a_facility_is_returned_corrected_and_activated(
    api_engine: AsyncEngine, admin_session: AsyncSession, pending: Facility
) -> None:
    sessions = make_sessions(api_engine)
    async with sessions.begin() as session:
        minh = await as_person(session, "minh")
        returned = await return_facility(Scope(session, minh), pending.id, " Sai số nhà ")
        assert (returned.status, returned.decision_note) == ("returned", "Sai số nhà")
    async with sessions.begin() as session:
        hai = await as_person(session, "hai")
        corrected = await correct_facility(
            Scope(session, hai),
            pending.id,
            _corrected(pending, address_text="19 Phố Mẫu", lat=pending.lat + 1e-4),
        )
        assert (corrected.status, corrected.address_text) == ("pending", "19 Phố Mẫu")
        assert corrected.digital_address == pending.digital_address
    async with sessions.begin() as session:
        active = await activate_facility(
            Scope(session, await as_person(session, "minh")), pending.id
        )
        assert (active.status, active.decision_note) == ("active", None)
    assert await actions(admin_session, pending.id) == [
        "facility.registered",
        "facility.returned",
        "facility.corrected",
        "facility.activated",
    ]


async def test_the_first_decision_wins(db_session: AsyncSession, pending: Facility) -> None:
    minh = await as_person(db_session, "minh")
    await activate_facility(Scope(db_session, minh), pending.id)
    with pytest.raises(Conflict):
        await activate_facility(Scope(db_session, minh), pending.id)
    with pytest.raises(Conflict):
        await return_facility(Scope(db_session, minh), pending.id, "Muộn")


@pytest.mark.parametrize(
    ("login", "refusal"),
    [("hai", NotAllowed), ("admin", NotAllowed), ("lan", NotAllowed), ("thao", NotFound)],
)
async def test_nobody_but_the_wards_officer_decides(
    db_session: AsyncSession, pending: Facility, login: str, refusal: type[Exception]
) -> None:
    actor = await as_person(db_session, login)
    with pytest.raises(refusal):
        await activate_facility(Scope(db_session, actor), pending.id)


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
async def test_a_return_needs_a_reason(
    db_session: AsyncSession, pending: Facility, note: str
) -> None:
    with pytest.raises(Invalid, match="note_length"):
        await return_facility(
            Scope(db_session, await as_person(db_session, "minh")), pending.id, note
        )


async def test_an_active_facility_does_not_leave_its_ward(
    api_engine: AsyncEngine, pending: Facility
) -> None:
    sessions = make_sessions(api_engine)
    async with sessions.begin() as session:
        await activate_facility(Scope(session, await as_person(session, "minh")), pending.id)
    async with sessions() as session:
        hai = await as_person(session, "hai")
        elsewhere = _corrected(pending, lat=10.7725, lon=106.698)
        with pytest.raises(Conflict, match="ward_would_change"):
            await correct_facility(Scope(session, hai), pending.id, elsewhere)
        with pytest.raises(Invalid, match="correction_invalid"):
            await correct_facility(Scope(session, hai), pending.id, _corrected(pending, name=""))
        renamed = await correct_facility(
            Scope(session, hai), pending.id, _corrected(pending, name="Mới")
        )
        assert (renamed.name, renamed.status) == ("Mới", "active")
