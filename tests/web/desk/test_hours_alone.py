"""An hour typed without its day is the one nearest to now, and the day taken is said."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.stays.changes import Depart
from asm.stays.rules.deadlines import nights_of
from asm.web.desk.change_form import change_of
from asm.web.desk.change_form import day_taken as departure_taken
from asm.web.desk.stay_form import StayForm, day_taken, entry_of
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor


def at(day: int, hour: int, minute: int, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "hour", "came"),
    [
        (at(1, 0, 10), "23:40", at(30, 23, 40, month=11)),
        (at(1, 0, 10), "0005", at(1, 0, 5)),
        (at(1, 0, 10), "00:20", at(1, 0, 20)),
        (at(1, 0, 10), "00:21", at(1, 0, 21)),
        (at(1, 9, 0), "23:40", at(30, 23, 40, month=11)),
        (at(1, 11, 0), "18:00", at(1, 18, 0)),
        (at(1, 18, 32), "22h32", at(1, 22, 32)),
        (at(1, 23, 0), "1:00", at(2, 1, 0)),
        (at(1, 6, 0), "18:00", at(30, 18, 0, month=11)),
        (at(1, 18, 32), "18:32", at(1, 18, 32)),
        (at(1, 23, 55), "00:02", at(2, 0, 2)),
        (at(1, 7, 59), "8h", at(1, 8, 0)),
    ],
)
@pytest.mark.parametrize("hourly", ["", "1"])
def test_an_arrival_of_which_the_hour_alone_was_typed(
    now: datetime, hour: str, came: datetime, hourly: str
) -> None:
    form = StayForm(arrived_time=hour, nights="2", hourly=hourly)
    entry, form_problems = entry_of(form, now)
    assert not form_problems
    assert entry.arrived_at == came
    assert day_taken(form, entry, now) == (None if came.date() == now.date() else came)
    if not hourly:
        first, end = nights_of(entry.arrived_at, entry.planned_departure_at, hourly=False)
        assert end == first + timedelta(days=2)


def test_a_day_that_was_typed_is_that_day() -> None:
    form = StayForm(arrived_day="1/12/2026", arrived_time="23:40")
    entry, form_problems = entry_of(form, at(1, 0, 10))
    assert not form_problems
    assert entry.arrived_at == at(1, 23, 40)
    assert day_taken(form, entry, at(1, 0, 10)) is None


@pytest.mark.parametrize(
    ("now", "hour", "left", "taken"),
    [
        (at(1, 0, 10), "23:50", at(30, 23, 50, month=11), date(2026, 11, 30)),
        (at(1, 10, 0), "11:30", at(1, 11, 30), None),
        (at(1, 10, 0), "12:01", at(30, 12, 1, month=11), date(2026, 11, 30)),
        (at(1, 23, 30), "0:30", at(2, 0, 30), date(2026, 12, 2)),
    ],
)
def test_a_departure_of_which_the_hour_alone_was_typed(
    now: datetime, hour: str, left: datetime, taken: date | None
) -> None:
    form = {"day": "", "time": hour}
    change, form_problems = change_of("depart", form, now)
    assert not form_problems
    assert isinstance(change, Depart)
    assert change.departed_at == left
    assert departure_taken(form, change, now) == taken


@pytest.fixture
def desk(cast: Cast) -> str:
    return f"/desk/{cast.hoa_sen}"


@pytest.mark.parametrize("ago", [timedelta(hours=9), timedelta(hours=-4)])
async def test_the_desk_stores_the_nearest_such_hour_and_says_its_day(
    lan: Visitor, desk: str, admin_session: AsyncSession, ago: timedelta
) -> None:
    came = (datetime.now(VIETNAM) - ago).replace(second=0, microsecond=0)
    await lan.send(desk, **typed(arrived_time=f"{came:%H:%M}"))
    assert "Đã tiếp nhận" in lan.html
    other_day = came.date() != datetime.now(VIETNAM).date()
    said = f"Không ghi ngày đến: hiểu là {came:%H:%M %d/%m/%Y}."
    assert (said in lan.html) is other_day
    stored = (await admin_session.execute(text("SELECT arrived_at FROM stay"))).scalar_one()
    assert stored == came


async def test_the_desk_takes_the_departure_of_last_evening_and_says_its_day(
    lan: Visitor, desk: str, admin_session: AsyncSession
) -> None:
    later = (datetime.now(VIETNAM) + timedelta(hours=5)).replace(second=0, microsecond=0)
    left, came = later - timedelta(days=1), later - timedelta(days=3)
    await lan.send(
        desk, **typed(arrived_day=f"{came:%d/%m/%Y}", arrived_time=f"{came:%H:%M}", nights="9")
    )
    stay = re.search(rf"{desk}/stays/[0-9a-f-]{{36}}", lan.html)
    assert stay is not None
    await lan.open(f"{stay[0]}/depart")
    assert "Chỉ ghi giờ: lần gần nhất của giờ ấy." in lan.html
    await lan.send(f"{stay[0]}/depart", key=lan.key, day="", time=f"{left:%H:%M}")
    other_day = left.date() != datetime.now(VIETNAM).date()
    said = f"Không ghi ngày trả phòng: hiểu là ngày {left:%d/%m/%Y}."
    assert (said in lan.html) is other_day
    stored = (await admin_session.execute(text("SELECT departed_at FROM stay"))).scalar_one()
    assert stored == left


async def test_an_arrival_hours_ahead_is_warned_of(lan: Visitor, desk: str) -> None:
    evening = datetime.now(VIETNAM) + timedelta(hours=4)
    day = {"arrived_day": f"{evening:%d/%m/%Y}", "arrived_time": f"{evening:%H:%M}"}
    await lan.send(desk, **typed(**day))
    assert "Đã tiếp nhận" in lan.html
    assert "Giờ đến còn hơn 60 phút nữa." in lan.html
