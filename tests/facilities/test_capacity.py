from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.db.base import VIETNAM, new_id
from asm.demo.cast import Cast
from asm.errors import Conflict, Invalid, NotAllowed, NotFound
from asm.facilities.closures import ClosureInput, add_closure, closures_of, remove_closure
from asm.facilities.nights import current_night
from asm.facilities.people.members import add_member
from asm.facilities.registration import RoomChange, RoomInput
from asm.facilities.rooms import add_room, all_rooms, change_room, close_room, reopen_room, rooms_on
from asm.facilities.scope import facility_in_scope
from tests.facilities.people import as_person

EVENING = datetime(2026, 11, 21, 20, 0, tzinfo=VIETNAM)
NIGHT = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2026-11-21T08:00:00+07:00", "2026-11-21"),
        ("2026-11-21T23:59:59+07:00", "2026-11-21"),
        ("2026-11-22T00:00:00+07:00", "2026-11-21"),
        ("2026-11-22T07:59:59+07:00", "2026-11-21"),
        ("2026-11-22T01:00:00+00:00", "2026-11-22"),
        ("2026-03-01T00:30:00+07:00", "2026-02-28"),
    ],
)
def test_the_night_runs_until_eight(moment: str, night: str) -> None:
    assert current_night(datetime.fromisoformat(moment)).isoformat() == night


async def test_rooms_open_change_close_and_open_again(db_session: AsyncSession, cast: Cast) -> None:
    hai = await as_person(db_session, "hai", EVENING)
    new = await add_room(Scope(db_session, hai), cast.boarding_house, RoomInput(name="P7", beds=2))
    assert (new.opened_on, new.closed_on) == (NIGHT, None)
    open_tonight = await rooms_on(db_session, cast.boarding_house, NIGHT)
    assert "P7" in [room.name for room in open_tonight]
    before = await rooms_on(db_session, cast.boarding_house, NIGHT - timedelta(days=1))
    assert "P7" not in [room.name for room in before]
    changed = await change_room(
        Scope(db_session, hai), cast.boarding_house, new.id, RoomChange(name="P8", beds=4)
    )
    assert (changed.name, changed.beds) == ("P8", 4)
    closed = await close_room(Scope(db_session, hai), cast.boarding_house, new.id)
    assert closed.closed_on == NIGHT
    assert closed not in await rooms_on(db_session, cast.boarding_house, NIGHT)
    assert closed in await all_rooms(Scope(db_session, hai), cast.boarding_house)
    reopened = await reopen_room(Scope(db_session, hai), cast.boarding_house, new.id)
    assert reopened in await rooms_on(db_session, cast.boarding_house, NIGHT)


async def test_room_names_are_unique_in_a_facility(db_session: AsyncSession, cast: Cast) -> None:
    hai = await as_person(db_session, "hai")
    first = (await all_rooms(Scope(db_session, hai), cast.boarding_house))[0]
    twin = RoomInput(name=f" {first.name} ", beds=1)
    with pytest.raises(Conflict) as refusal:
        await add_room(Scope(db_session, hai), cast.boarding_house, twin)
    assert refusal.value.errors[0]["pointer"] == "/name"
    new = await add_room(Scope(db_session, hai), cast.boarding_house, RoomInput(name="P9", beds=1))
    with pytest.raises(Conflict, match="room_name_taken"):
        await change_room(
            Scope(db_session, hai), cast.boarding_house, new.id, RoomChange(name=twin.name)
        )
    assert new in await all_rooms(Scope(db_session, hai), cast.boarding_house)


async def test_rooms_are_refused_outside_their_limits(db_session: AsyncSession, cast: Cast) -> None:
    hai = await as_person(db_session, "hai")
    for beds in (0, 501, -1):
        with pytest.raises(Invalid) as refusal:
            await add_room(
                Scope(db_session, hai), cast.boarding_house, RoomInput(name="X", beds=beds)
            )
        assert refusal.value.errors[0]["pointer"] == "/beds"
    for absent in (close_room, reopen_room):
        with pytest.raises(NotFound, match="room_not_found"):
            await absent(Scope(db_session, hai), cast.boarding_house, new_id())


async def test_others_cannot_touch_rooms_or_closures(db_session: AsyncSession, cast: Cast) -> None:
    room = RoomInput(name="X", beds=1)
    days = ClosureInput(starts_on=NIGHT, ends_on=NIGHT + timedelta(days=1), reason="Sửa chữa")
    lan = await as_person(db_session, "lan")
    with pytest.raises(NotFound):
        await add_room(Scope(db_session, lan), cast.boarding_house, room)
    minh = await as_person(db_session, "minh")
    assert await all_rooms(Scope(db_session, minh), cast.boarding_house)
    with pytest.raises(NotAllowed):
        await add_room(Scope(db_session, minh), cast.boarding_house, room)
    with pytest.raises(NotAllowed):
        await add_closure(Scope(db_session, minh), cast.boarding_house, days)


async def test_closures_are_added_listed_and_taken_back(
    db_session: AsyncSession, cast: Cast
) -> None:
    hai = await as_person(db_session, "hai")
    days = ClosureInput(starts_on=NIGHT, ends_on=NIGHT + timedelta(days=3), reason="Nghỉ Tết")
    added = await add_closure(Scope(db_session, hai), cast.boarding_house, days)
    touching = ClosureInput(starts_on=days.ends_on, ends_on=date(2026, 12, 1), reason="Sửa")
    later = await add_closure(Scope(db_session, hai), cast.boarding_house, touching)
    overlapping = ClosureInput(starts_on=NIGHT - timedelta(days=5), ends_on=NIGHT, reason="Sửa")
    await add_closure(Scope(db_session, hai), cast.boarding_house, overlapping)
    with pytest.raises(Conflict, match="closure_overlaps"):
        await add_closure(Scope(db_session, hai), cast.boarding_house, days)
    listed = await closures_of(Scope(db_session, hai), cast.boarding_house)
    assert [closure.id for closure in listed][:2] == [later.id, added.id]
    await remove_closure(Scope(db_session, hai), cast.boarding_house, added.id)
    with pytest.raises(NotFound):
        await remove_closure(Scope(db_session, hai), cast.boarding_house, added.id)


async def test_a_closure_needs_an_order_and_a_reason(db_session: AsyncSession, cast: Cast) -> None:
    hai = await as_person(db_session, "hai")
    with pytest.raises(Invalid) as refusal:
        await add_closure(
            Scope(db_session, hai),
            cast.boarding_house,
            ClosureInput(starts_on=NIGHT, ends_on=NIGHT, reason=" "),
        )
    assert [error["pointer"] for error in refusal.value.errors] == ["/ends_on", "/reason"]


async def test_a_member_lets_a_colleague_in(db_session: AsyncSession, cast: Cast) -> None:
    hai = await as_person(db_session, "hai")
    for _ in range(2):
        await add_member(Scope(db_session, hai), cast.boarding_house, "LAN ")
    lan = await as_person(db_session, "lan")
    assert (await facility_in_scope(Scope(db_session, lan), cast.boarding_house)).status == "active"
    hai = await as_person(db_session, "hai")
    for login in ("nobody", "minh", "admin"):
        with pytest.raises(Invalid, match="login_unknown"):
            await add_member(Scope(db_session, hai), cast.boarding_house, login)
    with pytest.raises(NotFound):
        await add_member(Scope(db_session, hai), cast.hospital, "lan")
