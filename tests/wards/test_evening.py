"""A ward's evening from its rows: habits, arrivals by the half hour, the nights before."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.errors import Invalid, NotFound
from asm.facilities.closures import ClosureInput, add_closure
from asm.facilities.nights import current_night
from asm.wards.calls import calls_of_night, note_call
from asm.wards.evening.arrivals import arrivals_by_half_hour
from asm.wards.evening.evening import Evening, ward_evening
from asm.wards.evening.habits import habits_of
from asm.wards.evening.recent_nights import nights_before
from asm.wards.shift_notes import shift_notes, take_over, write_shift_note
from tests.checks.desks import Desks, at, night
from tests.checks.test_silence import open_since, sundays

SUNDAY = 1  # of March 2026


@pytest.fixture
async def desks(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, vault_keys: Any, cast: Cast
) -> Desks:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE room SET opened_on = DATE '2025-01-01'"))
    await open_since(admin_engine, date(2025, 6, 1))
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)


async def officer(session: AsyncSession, now: datetime, login: str = "minh") -> Scope:
    actor = await actor_of_login(session, login)
    return Scope(session, msgspec.structs.replace(actor, now=now))


async def evening(api_engine: AsyncEngine, now: datetime) -> Evening:
    async with one_transaction(api_engine) as session:
        return await ward_evening(await officer(session, now), WARD_A)


async def test_a_house_with_a_habit_is_to_be_called_and_one_that_said_so_is_not(
    desks: Desks, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    hotel = desks.cast.hoa_sen
    await sundays(desks, "lan", (1, 2, 3, 5, 6, 7, 8))
    async with one_transaction(api_engine) as session:
        lan = await officer(session, at(1), "lan")
        shut = ClosureInput(starts_on=night(-27), ends_on=night(-26), reason="sửa")
        await add_closure(lan, hotel, shut)
    early, late = (
        await evening(api_engine, at(SUNDAY, 17)),
        await evening(api_engine, at(SUNDAY, 21)),
    )
    assert [each.facility.id for each in early.silence.to_call] == []
    (house,) = late.silence.to_call
    assert house.facility.id == hotel
    assert house.habit is not None
    # The fourth Sunday back it was closed, which says nothing.
    assert house.habit.dots == (True, True, True, True, None, True, True, True)
    assert (house.habit.nights, house.habit.declared, house.habit.usual_guests) == (7, 7, 1)
    assert house.habit.spoke_by is not None
    assert abs(house.habit.spoke_by - at(SUNDAY, 18, 10)) < timedelta(minutes=1)
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("INSERT INTO quiet_night (facility_id, night, ward_code, said_by, via) "
                 "VALUES (:id, :night, :ward, :id, 'desk')"),
            {"id": hotel, "night": night(SUNDAY), "ward": WARD_A},
        )  # fmt: skip
    quiet = await evening(api_engine, at(SUNDAY, 21))
    assert quiet.silence.to_call == []
    assert [each.id for each in quiet.tonight.quiet] == [hotel]
    assert hotel not in {each.id for each in quiet.tonight.silent}


async def test_arrivals_by_half_hour_beside_the_usual(
    desks: Desks, api_engine: AsyncEngine
) -> None:
    await sundays(desks, "lan", (1, 2, 3))
    await desks.declare("bich", None, at(SUNDAY, 17, 40), at(SUNDAY + 1, 11))
    await desks.declare("hai", None, at(SUNDAY + 1, 1), at(SUNDAY + 1, 11))  # after midnight
    async with one_transaction(api_engine) as session:
        scope = await officer(session, at(SUNDAY, 20, 15))
        seen = await arrivals_by_half_hour(scope, WARD_A, night(SUNDAY))
        by_slot = {slot.begins: (slot.arrived, slot.usual) for slot in seen.half_hours}
        assert by_slot["17:30"] == (1, 0)
        assert by_slot["18:00"] == (0, 1)
        assert by_slot["20:00"] == (0, 0)
        assert by_slot["20:30"] == (None, 0)
        assert (seen.so_far, seen.usual_so_far) == (2, 1)
        with pytest.raises(NotFound):
            await arrivals_by_half_hour(scope, WARD_B, night(SUNDAY))
        with pytest.raises(NotFound):
            await nights_before(scope, WARD_B, night(SUNDAY))


async def test_the_nights_before_come_from_the_totals_where_they_reach(
    desks: Desks, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with one_transaction(api_engine) as session:
        scope = await officer(session, at(SUNDAY, 20))
        assert await nights_before(scope, WARD_A, night(SUNDAY)) == []
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE totals_state SET last_night = :night"), {"night": night(SUNDAY)}
        )
        for ward, guests in ((WARD_A, 7), (WARD_B, 900)):
            await session.execute(
                text("INSERT INTO night_total (ward_code, night, kind, tourism, guest_nights, "
                     "foreign_nights) SELECT :ward, :night, 'hotel', t, :guests, 2 "
                     "FROM unnest(ARRAY[true, false]) AS t"),
                {"ward": ward, "night": night(SUNDAY - 7), "guests": guests},
            )  # fmt: skip
            await session.execute(
                text("INSERT INTO ward_night (ward_code, night, kind, known_nights, beds_open) "
                     "VALUES (:ward, :night, 'hotel', 6, 24)"),
                {"ward": ward, "night": night(SUNDAY - 7)},
            )  # fmt: skip
    async with one_transaction(api_engine) as session:
        scope = await officer(session, at(SUNDAY, 20))
        before = await nights_before(scope, WARD_A, night(SUNDAY))
    assert [each.night for each in before] == [night(SUNDAY - back) for back in range(8, 0, -1)]
    week_ago = before[1]
    assert (week_ago.guests, week_ago.foreigners, week_ago.beds_percent) == (14, 4, 25.0)
    assert (before[0].guests, before[0].beds_percent) == (0, None)


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("houses", [0, 500])
async def test_as_many_statements_for_five_hundred_houses_as_for_none(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, cast: Cast, houses: int
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(
            text("INSERT INTO facility (id, kind, name, folded_name, address_text, ward_code, "
                 "point, remote, status, registered_by, registered_at, decided_at) "
                 "SELECT gen_random_uuid(), kind, 'Nhà ' || n, 'nha ' || n, address_text, "
                 "ward_code, point, remote, status, registered_by, registered_at, decided_at "
                 "FROM facility, generate_series(1, :houses) AS n WHERE id = :id"),
            {"houses": houses, "id": cast.hoa_sen},
        )  # fmt: skip
        if not houses:
            await session.execute(text("DELETE FROM facility"))
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        with counted(api_engine) as statements:
            seen = await ward_evening(scope, WARD_A)
    assert seen.tonight.facilities_active == (houses + 3 if houses else 0)
    assert len(seen.silence.later) == seen.tonight.facilities_active
    assert len(statements) <= 7


async def test_calls_stand_in_the_log_of_the_night_and_of_the_ward(
    api_engine: AsyncEngine, cast: Cast
) -> None:
    async with one_transaction(api_engine) as session:
        # Now: the database takes no call of another time.
        scope = Scope(session, await actor_of_login(session, "minh"))
        tonight = current_night(scope.actor.now)
        await note_call(scope, cast.hoa_sen, "other", "  Chủ đi vắng, con khai  ")
        for outcome, note, code in (
            ("", "", "call_outcome"), ("x", "", "call_outcome"), ("other", " ", "note_empty"),
            ("no_answer", "x" * 501, "note_too_long"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                await note_call(scope, cast.hoa_sen, outcome, note)
            assert refused.value.errors[0]["code"] == code
        with pytest.raises(NotFound):
            await note_call(scope, cast.guest_house_b, "no_answer", "")
        (call,) = await calls_of_night(scope, WARD_A, tonight)
        assert (call.facility_name, call.by, call.outcome) == ("Khách sạn Hoa Sen", "Minh", "other")
        assert call.note == "Chủ đi vắng, con khai"
        assert await calls_of_night(scope, WARD_A, tonight + timedelta(days=1)) == []
    async with one_transaction(api_engine) as session:
        thao = Scope(session, await actor_of_login(session, "thao"))
        assert await calls_of_night(thao, WARD_B, tonight) == []
        with pytest.raises(NotFound):
            await calls_of_night(thao, WARD_A, tonight)
        stored = await session.execute(text("SELECT count(*) FROM silence_call"))
        assert stored.scalar_one() == 0


async def test_a_shift_is_handed_over_once(api_engine: AsyncEngine, cast: Cast) -> None:
    async with one_transaction(api_engine) as session:
        # Now: the database takes no note of another time.
        minh = Scope(session, await actor_of_login(session, "minh"))
        first = await write_shift_note(minh, WARD_A, "Nhà nghỉ số 7 hẹn khai trước 9 giờ")
        await write_shift_note(minh, WARD_A, "Phòng 302\nchờ hộ chiếu")
        with pytest.raises(Invalid):
            await write_shift_note(minh, WARD_A, "  ")
        await take_over(minh, WARD_A, first)
        await take_over(minh, WARD_A, first)
        listed = await shift_notes(minh, WARD_A)
    assert (listed.waiting, listed.total) == (1, 2)
    assert [note.taken_by for note in listed.notes] == [None, "Minh"]
    async with one_transaction(api_engine) as session:
        thao = await officer(session, at(2, 7), "thao")
        assert (await shift_notes(thao, WARD_B)).total == 0
        with pytest.raises(NotFound):
            await take_over(thao, WARD_B, first)
        with pytest.raises(NotFound):
            await shift_notes(thao, WARD_A)
    async with one_transaction(api_engine) as session:
        scope = await officer(session, at(3, 7))
        assert await habits_of(scope, WARD_A, [], night(2)) == {}
