import asyncio
from datetime import date
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text, true
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import new_id, vietnam_time
from asm.db.rls import database_now
from asm.db.session import make_sessions
from asm.errors import Invalid, NotFound
from asm.geo.addresses.address_changes import AddressAlias, PointCorrection, add_alias
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.door_code import decode, encode
from asm.geo.addresses.find_addresses import find_addresses
from asm.geo.addresses.issue_address import DigitalAddress, address_of, issue_address, move_point
from asm.geo.points import Point

POINT = Point(lon=105.8501, lat=21.0291)
FACILITY = """
INSERT INTO facility (id, kind, name, folded_name, address_text, ward_code, point, registered_by)
SELECT :id, 'hotel', 'Mẫu', 'mau', '1 Mẫu', '00070', ST_SetSRID(ST_MakePoint(105.85, 21.03), 4326),
  (SELECT id FROM account ORDER BY login LIMIT 1)
"""


async def _facility(session: AsyncSession) -> UUID:
    new = new_id()
    await session.execute(text(FACILITY), {"id": new})
    return new


DOOR = NewAddress(point=POINT, address_text="1 Mẫu", ward_code="00070", source="map_click")
MOVED = PointCorrection(point=Point(lon=105.84, lat=21.04), ward_code="00004", source="correction")


async def _issue(session: AsyncSession, facility_id: UUID) -> DigitalAddress:
    return await issue_address(session, DOOR, facility_id=facility_id)


async def test_an_address_is_issued_once(admin_session: AsyncSession) -> None:
    facility_id = await _facility(admin_session)
    assert await address_of(admin_session, facility_id) is None
    first = await _issue(admin_session, facility_id)
    assert first.code == encode(POINT, 0)
    assert await _issue(admin_session, facility_id) == first


async def test_a_moved_point_keeps_the_code(admin_session: AsyncSession) -> None:
    facility_id = await _facility(admin_session)
    before = await _issue(admin_session, facility_id)
    after = await move_point(admin_session, facility_id=facility_id, correction=MOVED)
    assert (after.code, after.unit) == (before.code, before.unit)
    assert (after.lat, after.lon, after.ward_code) == (21.04, 105.84, "00004")
    assert await _issue(admin_session, facility_id) == after


async def test_moving_what_was_never_issued_is_not_found(admin_session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await move_point(admin_session, facility_id=new_id(), correction=MOVED)
    exchanged = PointCorrection(point=POINT.exchanged(), ward_code="00070", source="map_click")
    with pytest.raises(Invalid, match="coordinates_swapped"):
        await move_point(admin_session, facility_id=new_id(), correction=exchanged)


async def test_a_tower_of_flats_gets_units_then_neighbouring_cells(
    admin_session: AsyncSession,
) -> None:
    issued = [await _issue(admin_session, await _facility(admin_session)) for _ in range(35)]
    assert [address.unit for address in issued[:32]] == list(range(32))
    assert len({address.code for address in issued}) == 35
    centre, _ = decode(issued[34].code)
    assert abs(centre.lat - POINT.lat) * 111_320 < 4
    assert abs(centre.lon - POINT.lon) * 111_320 < 4
    assert Point.of(issued[34]) == POINT


async def test_another_code_holds_by_the_day_in_vietnam(admin_session: AsyncSession) -> None:
    """Not by the database's day, which here is another one at any hour."""
    door = await _issue(admin_session, await _facility(admin_session))
    today = vietnam_time(await database_now(admin_session)).date()
    began = {"kind": "ministry", "value": "BCA-BEGAN", "valid_from": today, "valid_to": None}
    ended = {"kind": "ministry", "value": "BCA-ENDED", "valid_from": date(2026, 1, 1)}
    for alias in (began, ended | {"valid_to": today}):
        await add_alias(admin_session, door.code, msgspec.convert(alias, AddressAlias))
    await admin_session.execute(text("SET LOCAL timezone = '<31 hours behind>+24'"))
    assert (await admin_session.execute(text("SELECT current_date"))).scalar_one() < today
    codes = [
        [each.code for each in await find_addresses(admin_session, true(), value)]
        for value in ("BCA-BEGAN", "BCA-ENDED")
    ]
    assert codes == [[door.code], []]


async def test_two_doors_at_once_get_different_units(admin_engine: AsyncEngine) -> None:
    async def register() -> DigitalAddress:
        async with make_sessions(admin_engine).begin() as session:
            return await _issue(session, await _facility(session))

    issued = await asyncio.gather(*(register() for _ in range(5)))
    assert {address.unit for address in issued} == {0, 1, 2, 3, 4}
