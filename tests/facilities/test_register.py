import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.db.session import make_sessions
from asm.errors import Invalid, NotAllowed
from asm.facilities.kinds import KINDS
from asm.facilities.nights import current_night
from asm.facilities.register import register_facility
from asm.facilities.registration import Registration, RoomInput
from asm.facilities.rooms import rooms_on
from asm.facilities.scope import facilities_of
from asm.geo.addresses.door_code import encode, is_valid
from asm.geo.points import Point
from tests.facilities.people import HOAN_KIEM, actions, as_person, guest_house, rejoin


async def test_a_host_registers_and_sees_the_facility(db_session: AsyncSession) -> None:
    hai = await as_person(db_session, "hai")
    rooms = [RoomInput(name=" 101 ", beds=2), RoomInput(name="102", beds=3)]
    registered = await register_facility(
        Scope(db_session, hai), guest_house(rooms=rooms, ward_code="00070")
    )
    assert (registered.status, registered.ward_name) == ("pending", "Phường Hoàn Kiếm")
    assert registered.boundary_approximate
    assert Point.of(registered) == HOAN_KIEM
    assert registered.digital_address is not None
    assert is_valid(registered.digital_address)
    assert registered.digital_address[:10] == encode(HOAN_KIEM)[:10]
    opened = await rooms_on(db_session, registered.id, current_night(hai.now))
    assert [(room.name, room.beds) for room in opened] == [("101", 2), ("102", 3)]
    again = await rejoin(db_session, hai, registered.id)
    assert registered in await facilities_of(Scope(db_session, again))


async def test_what_is_registered_is_committed_with_membership_and_audit(
    api_engine: AsyncEngine, admin_session: AsyncSession
) -> None:
    async with make_sessions(api_engine).begin() as session:
        registered = await register_facility(
            Scope(session, await as_person(session, "hai")), guest_house()
        )
    async with make_sessions(api_engine).begin() as session:
        hai = await as_person(session, "hai")
        assert registered.id in hai.facility_ids
        assert registered in await facilities_of(Scope(session, hai))
    assert await actions(admin_session, registered.id) == ["facility.registered"]
    details = await admin_session.execute(
        text("SELECT details::text FROM audit_entry WHERE facility_id = :id"), {"id": registered.id}
    )
    assert registered.name not in details.scalar_one()


async def test_officers_and_administrators_register_nothing(db_session: AsyncSession) -> None:
    for login in ("minh", "admin"):
        actor = await as_person(db_session, login)
        with pytest.raises(NotAllowed):
            await register_facility(Scope(db_session, actor), guest_house())


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_kind_can_be_registered(db_session: AsyncSession, kind: str) -> None:
    hai = await as_person(db_session, "hai")
    registered = await register_facility(Scope(db_session, hai), guest_house(kind=kind))
    assert registered.kind == kind


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"kind": "castle"}, "/kind", "kind_unknown"),
        ({"name": " "}, "/name", "name_length"),
        ({"name": "x" * 201}, "/name", "name_length"),
        ({"address_text": ""}, "/address_text", "address_length"),
        ({"phone": "12"}, "/phone", "phone_malformed"),
        ({"phone": "call me maybe"}, "/phone", "phone_malformed"),
        ({"rooms": [RoomInput(name="", beds=1)]}, "/rooms/0/name", "room_name_length"),
        ({"rooms": [RoomInput(name="1||Vũ", beds=1)]}, "/rooms/0/name", "room_name_scanned"),
        ({"rooms": [RoomInput(name="1", beds=0)]}, "/rooms/0/beds", "beds_range"),
        ({"rooms": [RoomInput(name="1", beds=501)]}, "/rooms/0/beds", "beds_range"),
        ({"rooms": [RoomInput(name="1", beds=1)] * 2}, "/rooms/1/name", "room_name_taken"),
        ({"rooms": [RoomInput(name="1", beds=1)] * 3001}, "/rooms", "too_many_rooms"),
        ({"lat": 105.85, "lon": 21.02}, "/lat", "coordinates_swapped"),
        ({"lat": 0.0, "lon": 0.0}, "/lon", "coordinates_zero"),
        ({"lat": 18.5, "lon": 110.0}, "/lat", "point_outside_vietnam"),
        ({"ward_code": "99999"}, "/ward_code", "ward_unknown"),
    ],
)
async def test_each_wrong_field_is_named(
    db_session: AsyncSession, changes: dict[str, object], pointer: str, code: str
) -> None:
    hai = await as_person(db_session, "hai")
    with pytest.raises(Invalid) as refusal:
        await register_facility(Scope(db_session, hai), guest_house(**changes))
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in refusal.value.errors]


async def test_a_ward_that_disagrees_with_the_point_is_refused_naming_both(
    db_session: AsyncSession,
) -> None:
    hai = await as_person(db_session, "hai")
    with pytest.raises(Invalid) as refusal:
        await register_facility(Scope(db_session, hai), guest_house(ward_code="00004"))
    (error,) = refusal.value.errors
    assert error["code"] == "ward_mismatch"
    assert "Phường Hoàn Kiếm" in error["message"]
    assert "Phường Ba Đình" in error["message"]
    assert error["remedy"]


def test_unknown_fields_are_refused() -> None:
    body = msgspec.to_builtins(guest_house()) | {"stars": 5}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Registration)
