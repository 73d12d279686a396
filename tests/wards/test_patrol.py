"""In which order to walk."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.errors import NotFound
from asm.geo.points import Point
from asm.wards.calls import note_call
from asm.wards.patrol import metres_between, patrol_sheet, shortest_way

START = Point(lat=21.0, lon=105.8)


def test_each_time_the_nearest_that_is_left() -> None:
    far, near, next_to_near = (
        Point(lat=21.03, lon=105.8), Point(lat=21.001, lon=105.8), Point(lat=21.003, lon=105.8),
    )  # fmt: skip
    assert shortest_way(START, [far, next_to_near, near]) == [2, 1, 0]
    assert shortest_way(START, [near, near]) == [0, 1]
    assert shortest_way(START, []) == []


def test_metres_on_a_sphere() -> None:
    assert metres_between(START, START) == 0
    assert metres_between(START, Point(lat=22.0, lon=105.8)) == pytest.approx(111_195, abs=2)
    assert metres_between(START, Point(lat=21.0, lon=106.8)) == pytest.approx(103_810, abs=20)


async def test_who_did_not_answer_is_gone_to_and_others_only_when_chosen(
    api_engine: AsyncEngine, cast: Cast
) -> None:
    async with one_transaction(api_engine) as session:
        scope = Scope(session, await actor_of_login(session, "minh"))
        assert (await patrol_sheet(scope, WARD_A)).stops == []
        await note_call(scope, cast.boarding_house, "no_answer", "")
        await note_call(scope, cast.hospital, "will_declare", "")
        sheet = await patrol_sheet(scope, WARD_A)
        assert [stop.id for stop in sheet.stops] == [cast.boarding_house]
        assert [reason.kind for reason in sheet.stops[0].reasons] == ["no_answer"]
        chosen = await patrol_sheet(
            scope, WARD_A, [cast.hospital, cast.guest_house_b, cast.boarding_house]
        )
        # Another ward's house is on no sheet of this one.
        assert {stop.id for stop in chosen.stops} == {cast.hospital, cast.boarding_house}
        with pytest.raises(NotFound):
            await patrol_sheet(scope, WARD_B)
