"""A guest who is in the house and declared again at the desk: what was changed, or what differs."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.facilities.nights import current_night
from tests.people import card_text
from tests.web.desk.desk_form import count, shown_fields, typed
from tests.web.visitor import Visitor

STAY = r"/desk/[0-9a-f-]{36}/stays/[0-9a-f-]{36}"


@pytest.fixture
def desk(cast: Cast) -> str:
    return f"/desk/{cast.hoa_sen}"


async def test_another_room_is_made_and_said(
    lan: Visitor, desk: str, admin_session: AsyncSession
) -> None:
    form = typed()
    await lan.send(desk, **form, key=lan.key)
    await lan.send(desk, **form | {"room": "102"}, key=lan.key)
    assert "Khách đang ở đây: đã sửa lượt lưu trú" in lan.html
    assert "101 → 102" in lan.html
    assert re.search(rf'href="{STAY}">Xem lượt lưu trú', lan.html)
    assert await count(admin_session) == 1


async def test_nothing_new_is_said(lan: Visitor, desk: str) -> None:
    form = typed()
    await lan.send(desk, **form, key=lan.key)
    await lan.send(desk, **form, key=lan.key)
    assert "Khách này đã được khai báo trước đó" in lan.html
    assert "ghi trả phòng lượt trước" in lan.html


async def test_what_differs_stands_at_its_field_with_the_way_to_the_stay(
    lan: Visitor, desk: str, admin_session: AsyncSession
) -> None:
    form = typed()
    await lan.send(desk, **form, key=lan.key)
    await lan.send(desk, status=422, **form | {"full_name": "Lê Thị Nhạp"}, key=lan.key)
    assert 'href="#full_name"' in lan.html
    assert "ô này khác với lượt ấy" in lan.html
    link = re.search(rf'href="({STAY})">Xem lượt lưu trú', lan.html)
    assert link is not None
    assert await count(admin_session) == 1
    await lan.open(link[1])
    assert "Lê Thị Nháp" in lan.html


async def test_a_departure_is_undone_from_the_row_and_from_the_stay(
    lan: Visitor, desk: str
) -> None:
    await lan.send(desk, **typed(), key=lan.key)
    stay = re.search(STAY, lan.html)
    assert stay is not None
    for where in ("row", "stay"):
        await lan.open(f"{stay[0]}/depart")
        await lan.send(f"{stay[0]}/depart", key=lan.key)
        if where == "stay":
            await lan.open(stay[0])
            assert f"{stay[0]}/amend" not in lan.html
        undo = re.search(rf'href="({STAY}/undo)"', lan.html)
        assert undo is not None
        await lan.open(undo[1])
        await lan.send(undo[1], key=lan.key)
        assert "Đã hoàn tác trả phòng" in lan.html
    await lan.open(f"{stay[0]}/undo")
    await lan.send(f"{stay[0]}/undo", status=422, key=lan.key)
    assert "không có gì để hoàn tác" in lan.html


async def test_who_has_left_is_found_from_the_desk(lan: Visitor, desk: str) -> None:
    await lan.send(desk, **typed())
    stay = re.search(rf'href="({desk}/stays/[0-9a-f-]{{36}})"', lan.html)
    assert stay is not None
    await lan.open(f"{stay[1]}/depart")
    await lan.send(f"{stay[1]}/depart", key=lan.key)
    await lan.open(desk)
    assert stay[1] not in lan.html
    assert f'href="{desk}/recent"' in lan.html
    await lan.open(f"{desk}/recent")
    left = lan.html.partition('id="left"')[2].partition('id="recent"')[0]
    assert "Lê Thị Nháp" in left
    for way in (stay[1], f"{stay[1]}/receipt", f"{stay[1]}/undo"):
        assert f'href="{way}"' in left, way
    await lan.open(stay[1])
    assert "Trả phòng:" in lan.html
    await lan.open(f"{stay[1]}/undo")
    await lan.send(f"{stay[1]}/undo", key=lan.key)
    await lan.open(f"{desk}/recent")
    left, _, recent = lan.html.partition('id="left"')[2].partition('id="recent"')
    assert stay[1] not in left
    assert f'href="{stay[1]}/receipt"' in recent
    await lan.open(f"{desk}/recent?page=2")
    assert 'id="left"' not in lan.html
    assert stay[1] not in lan.html


async def test_a_change_of_who_has_left_says_how_to_go_on(lan: Visitor, desk: str) -> None:
    await lan.send(desk, **typed(), key=lan.key)
    stay = re.search(STAY, lan.html)
    assert stay is not None
    await lan.open(f"{stay[0]}/move")
    key = lan.key
    await lan.open(f"{stay[0]}/depart")
    await lan.send(f"{stay[0]}/depart", key=lan.key)
    await lan.open(f"{stay[0]}/move")
    await lan.send(f"{stay[0]}/move", status=422, key=key, room="102")
    assert "hoàn tác trả phòng trong vòng 24 giờ" in lan.html
    for change in ("move", "extend", "depart", "void"):
        await lan.open(f"{stay[0]}/{change}")
        assert 'name="key"' not in lan.html
        assert f'href="{stay[0]}/undo"' in lan.html
    await lan.open(f"{stay[0]}/undo")
    assert 'name="key"' in lan.html


async def test_nights_that_nobody_touched_shorten_no_stay(
    lan: Visitor, desk: str, admin_session: AsyncSession
) -> None:
    await lan.open(desk)
    assert shown_fields(lan)["nights"] == shown_fields(lan)["nights_offered"] == "1"
    form = typed(nights="5", nights_offered="1")
    await lan.send(desk, **form, key=lan.key)
    # The next guest is offered the same nights; the default of a fresh page is another.
    assert shown_fields(lan)["nights"] == shown_fields(lan)["nights_offered"] == "5"
    planned = text("SELECT planned_departure_at FROM stay")
    before = (await admin_session.execute(planned)).scalar_one()
    await admin_session.rollback()
    await lan.open(desk)
    await lan.send(desk, **form | shown_nights(lan), key=lan.key)
    assert "Khách này đã được khai báo trước đó" in lan.html
    assert (await admin_session.execute(planned)).scalar_one() == before
    await admin_session.rollback()
    await lan.send(desk, **form | {"nights": "3"}, key=lan.key)
    assert "Khách đang ở đây: đã sửa lượt lưu trú" in lan.html
    assert (await admin_session.execute(planned)).scalar_one() < before


async def test_nights_offered_that_reach_further_are_taken_and_said(
    lan: Visitor, desk: str
) -> None:
    form = typed(nights="1", nights_offered="2")
    await lan.send(desk, **form, key=lan.key)
    await lan.send(desk, **form | {"nights": "2", "nights_offered": "2"}, key=lan.key)
    assert "Khách đang ở đây: đã sửa lượt lưu trú" in lan.html


async def test_a_scan_without_a_script_keeps_what_was_offered(lan: Visitor, desk: str) -> None:
    await lan.open(desk)
    kept = shown_fields(lan) | {"nights": "3", "card_text": card_text()}
    await lan.send(f"{desk}/scan", **kept)
    assert shown_fields(lan)["nights"] == "3"
    assert shown_fields(lan)["nights_offered"] == "1"


def shown_nights(visitor: Visitor) -> dict[str, str]:
    return {name: shown_fields(visitor)[name] for name in ("nights", "nights_offered")}


@pytest.mark.parametrize("room", ["101", "102"])
async def test_a_second_visit_by_the_hour_is_asked_about(
    lan: Visitor, desk: str, admin_session: AsyncSession, room: str
) -> None:
    morning = f"{datetime.now(VIETNAM) - timedelta(hours=9):%d/%m/%Y %H:%M}".split()
    form = typed(hourly="1", nights="")
    came = {"arrived_day": morning[0], "arrived_time": morning[1]}
    await lan.send(desk, **form | came, key=lan.key)
    await lan.send(desk, status=422, **form | {"room": room}, key=lan.key)
    assert "vẫn đang ở, hay đã rời đi rồi trở lại?" in lan.html
    assert " ".join(reversed(morning)) in lan.html
    again = shown_fields(lan)
    leave = re.search(rf'href="({STAY}/depart)">Khách đã rời đi rồi trở lại', lan.html)
    assert leave is not None
    assert await count(admin_session) == 1
    rooms = text("SELECT room_name FROM stay ORDER BY arrived_at")
    assert (await admin_session.execute(rooms)).scalars().all() == ["101"]
    await admin_session.rollback()
    left = f"{datetime.now(VIETNAM) - timedelta(hours=6):%d/%m/%Y %H:%M}".split()
    await lan.open(leave[1])
    await lan.send(leave[1], key=lan.key, day=left[0], time=left[1])
    await lan.send(desk, **form | {"room": again["room"]}, key=lan.key)
    assert "Đã tiếp nhận" in lan.html
    assert (await admin_session.execute(rooms)).scalars().all() == ["101", room]


async def test_by_the_hour_and_then_for_the_night_is_asked_about(lan: Visitor, desk: str) -> None:
    form = typed()
    morning = f"{datetime.now(VIETNAM) - timedelta(hours=9):%d/%m/%Y %H:%M}".split()
    came = {"arrived_day": morning[0], "arrived_time": morning[1], "hourly": "1"}
    await lan.send(desk, **form | came, key=lan.key)
    await lan.send(desk, status=422, **form, key=lan.key)
    assert re.search(rf'href="{STAY}/depart">Khách đã rời đi rồi trở lại', lan.html)


BY_YEAR = {"birth_date": "1985", "document_type": "", "document_number": "", "no_papers": "1"}
ROOMS = text("SELECT room_name FROM stay ORDER BY arrived_at")


def hours_before(hours: float) -> dict[str, str]:
    came = datetime.now(VIETNAM) - timedelta(hours=hours)
    return {"arrived_day": f"{came:%d/%m/%Y}", "arrived_time": f"{came:%H:%M}"}


@pytest.mark.parametrize("corrected", [False, True])
async def test_a_second_guest_of_one_name_and_year_is_asked_about(
    lan: Visitor, desk: str, admin_session: AsyncSession, *, corrected: bool
) -> None:
    form, first = typed(**BY_YEAR), hours_before(2)
    await lan.send(desk, **form | first, key=lan.key)
    stay = re.search(STAY, lan.html)
    assert stay is not None
    if corrected:
        await lan.open(f"{stay[0]}/amend")
        await lan.send(f"{stay[0]}/amend", **typed(birth_date="270385"), key=lan.key)
    for nights in ("2", "3"):
        await lan.send(desk, status=422, **form | {"nights": nights}, key=lan.key)
        assert "cùng một người, hay người khác?" in lan.html
        assert f"đến lúc {first['arrived_time']} {first['arrived_day']}, phòng 101" in lan.html
        assert 'href="#arrived_time"' in lan.html
        assert f'href="{stay[0]}/depart">Khách đã rời đi rồi trở lại' in lan.html
    assert (await admin_session.execute(ROOMS)).scalars().all() == ["101"]
    await admin_session.rollback()
    await lan.send(desk, **form | hours_before(1), key=lan.key)
    assert "Đã tiếp nhận" in lan.html
    assert "khách này được ghi là người khác" in lan.html
    assert (await admin_session.execute(ROOMS)).scalars().all() == ["101", "101"]


async def test_one_of_that_name_and_year_in_another_room_is_somebody_else(
    lan: Visitor, desk: str, admin_session: AsyncSession
) -> None:
    form = typed(**BY_YEAR)
    await lan.send(desk, **form | hours_before(2), key=lan.key)
    await lan.send(desk, **form | {"room": "102"}, key=lan.key)
    assert "khách này được ghi là người khác" in lan.html
    assert (await admin_session.execute(ROOMS)).scalars().all() == ["101", "102"]


async def test_a_whole_birth_date_is_one_guest_at_any_hour(lan: Visitor, desk: str) -> None:
    form = typed(**BY_YEAR | {"birth_date": "270385"})
    now = datetime.now(VIETNAM)
    passed = current_night(now) - current_night(now - timedelta(hours=2))
    await lan.send(desk, **form | hours_before(2), key=lan.key)
    # Until the same day, though the morning may lie between.
    await lan.send(desk, **form | {"nights": str(2 - passed.days)}, key=lan.key)
    assert "Khách này đã được khai báo trước đó" in lan.html
