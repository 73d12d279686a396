"""The ward's page and the way of a facility from registration to activation."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor


async def as_(visitor: Visitor, cast: Cast, login: str) -> Visitor:
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, login)
    return visitor


async def test_the_officer_sees_the_night(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(document_number="001190000123"))
    await as_(visitor, cast, "minh")
    assert "1 trên 3 cơ sở đã khai." in visitor.html
    silent = visitor.html.partition('id="silent"')[2].partition("</section>")[0]
    assert "Nhà trọ Hải Yến" in silent
    assert "Hoa Sen" not in silent
    # Nobody is opened by looking at the night: names and numbers stand in the list of guests.
    assert "Lê Thị Nháp" not in visitor.html
    await visitor.open("/ward/guests")
    assert "001190000123" in visitor.html
    assert "Lê Thị Nháp" in visitor.html


async def test_a_ward_without_facilities_says_how_hosts_arrive(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await admin_session.execute(text("SET LOCAL session_replication_role = replica"))
    await admin_session.execute(text("DELETE FROM membership"))
    await admin_session.execute(text("DELETE FROM facility"))
    await admin_session.commit()
    await as_(visitor, cast, "minh")
    heading = visitor.html.partition("<h1>")[2].partition("</h1>")[0]
    assert heading.split() == [
        "Phường",
        "Hoàn",
        "Kiếm",
        "chưa",
        "có",
        "cơ",
        "sở",
        "nào",
        "đang",
        "hoạt",
        "động.",
    ]
    assert "đã khai" not in visitor.html
    assert '<a class="button" href="/ward/landlords">' in visitor.html


async def test_another_wards_officer_sees_nothing_of_it(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(document_number="001190000124"))
    stay = re.search(r"/stays/([0-9a-f-]{36})", visitor.html)
    assert stay is not None
    await as_(visitor, cast, "thao")
    assert "Hoa Sen" not in visitor.html
    await visitor.open("/ward/guests")
    assert "001190000124" not in visitor.html
    assert "Hoa Sen" not in visitor.html
    await visitor.open(f"/ward/stays/{cast.hoa_sen}/{stay.group(1)}", status=404)
    await visitor.open(f"/desk/{cast.hoa_sen}/stays/{stay.group(1)}/receipt", status=404)
    await visitor.open(f"/facilities/{cast.hoa_sen}", status=404)


async def test_changes_are_visible_to_the_officer(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "lan")
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed())
    stay = re.search(rf"/desk/{cast.hoa_sen}/stays/([0-9a-f-]{{36}})", visitor.html)
    assert stay is not None
    await visitor.open(f"{stay.group(0)}/move")
    await visitor.send(f"{stay.group(0)}/move", key=visitor.key, room="204")
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/guests")
    assert "đã sửa 1 lần" in visitor.html
    await visitor.open(f"/ward/stays/{cast.hoa_sen}/{stay.group(1)}")
    assert "<ins>204</ins>" in visitor.html
    assert "/void" not in visitor.html


async def test_an_officer_has_no_desk(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "minh")
    answer = await visitor.open(f"/desk/{cast.hoa_sen}", status=403)
    assert answer.status_code == 403
    assert "stay-form" not in visitor.html


async def test_a_receptionist_has_no_ward_page(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "lan")
    answer = await visitor.open("/ward", status=403)
    assert answer.status_code == 403
    assert "tbody" not in visitor.html


@pytest.mark.parametrize(
    ("parameter", "fault", "remedy"),
    [
        ("night=2001-01-01", "Đêm này nằm ngoài khoảng tra cứu được", "Chọn một đêm"),
        ("night=9999-12-31", "Đêm này nằm ngoài khoảng tra cứu được", "Chọn một đêm"),
        ("night=abc", "Ngày không đúng dạng", "Ghi năm-tháng-ngày"),
        ("page=0", "cần >= 1", "Sửa giá trị"),
    ],
)
async def test_what_cannot_be_shown_is_said_with_field_and_remedy(
    visitor: Visitor, cast: Cast, parameter: str, fault: str, remedy: str
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward?{parameter}", status=422)
    (said,) = re.findall("<ul>.*?</ul>", visitor.html.partition("<main")[2], re.DOTALL)
    assert f'<span class="code">{parameter.partition("=")[0]}</span>' in said
    assert fault in said
    assert remedy in said
    assert "tbody" not in visitor.html


def new_facility(**changes: str) -> dict[str, str]:
    return {
        "kind": "guest_house",
        "name": "Nhà nghỉ Thử Nghiệm",
        "address_text": "9 Hàng Mẫu",
        "phone": "0241111111",
        "latitude": "21.032",
        "longitude": "105.85",
        "rooms": "101-103, 2\n201, 3",
        **changes,
    }


async def test_register_return_correct_activate(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "hai")
    answer = await visitor.send("/facilities/new", **new_facility())
    facility_path = answer.url.path
    assert "Đang chờ kích hoạt." in visitor.html
    assert "Hoàn Kiếm" in visitor.html
    assert re.search(r"VN [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}", visitor.html)
    assert "ranh giới gần đúng" in visitor.html
    await as_(visitor, cast, "minh")
    assert "1 cơ sở chờ kích hoạt" in visitor.html
    await visitor.open("/ward/waiting")
    assert "Chờ kích hoạt: 1 cơ sở" in visitor.html
    await visitor.send(f"/ward{facility_path}/return", status=422, note="")
    await visitor.send(f"/ward{facility_path}/return", note="Sai số nhà")
    await as_(visitor, cast, "hai")
    await visitor.open(facility_path)
    assert "Sai số nhà" in visitor.html
    await visitor.send(f"{facility_path}/edit", **new_facility(address_text="19 Hàng Mẫu"))
    assert "Đang chờ kích hoạt." in visitor.html
    await as_(visitor, cast, "minh")
    await visitor.send(f"/ward{facility_path}/activate")
    await as_(visitor, cast, "hai")
    await visitor.open(facility_path.replace("facilities", "desk"))
    assert "Nhà nghỉ Thử Nghiệm" in visitor.html


async def test_a_registration_with_faults_keeps_what_was_typed(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await as_(visitor, cast, "hai")
    await visitor.send("/facilities/new", status=422, **new_facility(latitude="xx", rooms="101"))
    assert "Vĩ độ không đọc được." in visitor.html
    assert "Dòng 1 của danh sách phòng chưa có số chỗ ngủ." in visitor.html
    assert 'value="9 Hàng Mẫu"' in visitor.html
    await visitor.send("/facilities/new", status=422, **new_facility(latitude="48", longitude="2"))
    await visitor.send("/facilities/new", status=422, **new_facility(name=""))
    stored = await admin_session.execute(text("SELECT count(*) FROM facility"))
    assert stored.scalar_one() == 4


async def test_all_that_is_wrong_with_an_empty_form_is_said_at_once(
    visitor: Visitor, cast: Cast
) -> None:
    await as_(visitor, cast, "hai")
    nothing = dict.fromkeys(new_facility(), "")
    await visitor.send("/facilities/new", status=422, **nothing)
    named = re.findall(r'<a href="#(\w+)"', visitor.html)
    assert [name for name in named if name in nothing] == [
        "kind", "name", "address_text", "latitude", "longitude",
    ]  # fmt: skip
    assert "Chưa chọn loại cơ sở lưu trú." in visitor.html
    answer = await visitor.send("/facilities/new", **new_facility())
    await visitor.send(f"{answer.url.path}/edit", status=422, **nothing)
    named = re.findall(r'<a href="#(\w+)"', visitor.html)
    assert [name for name in named if name in nothing] == [
        "name", "address_text", "latitude", "longitude",
    ]  # fmt: skip


async def test_an_officer_decides_on_the_page_of_what_waits(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "hai")
    answer = await visitor.send("/facilities/new", **new_facility())
    path = answer.url.path
    assert "sẽ kiểm tra" in visitor.html
    assert f"/ward{path}" not in visitor.html
    await as_(visitor, cast, "minh")
    await visitor.open(path)
    assert "Cơ sở này chờ bạn kiểm tra." in visitor.html
    assert "sẽ kiểm tra" not in visitor.html
    assert f'action="/ward{path}/return"' in visitor.html
    await visitor.send(f"/ward{path}/return", note="Sai số nhà")
    await visitor.open(path)
    assert "đang chờ chủ cơ sở" in visitor.html
    assert "/activate" not in visitor.html
    await as_(visitor, cast, "hai")
    await visitor.open(path)
    assert "Được trả lại để sửa." in visitor.html
    await visitor.send(f"{path}/edit", **new_facility(address_text="19 Hàng Mẫu"))
    await as_(visitor, cast, "minh")
    await visitor.open(path)
    await visitor.send(f"/ward{path}/activate")
    await visitor.open(path)
    assert "/activate" not in visitor.html


async def test_rooms_open_and_close(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "lan")
    facility_path = f"/facilities/{cast.hoa_sen}"
    await visitor.send(f"{facility_path}/rooms", rooms="301-302, 2")
    assert ">302</th>" in visitor.html
    await visitor.send(f"{facility_path}/rooms", status=422, rooms="301, 2")
    assert "đã có phòng tên này" in visitor.html
    room = re.search(rf"{facility_path}/rooms/[0-9a-f-]+/close", visitor.html)
    assert room is not None
    await visitor.send(room.group(0))
    assert "Đã đóng từ" in visitor.html
    await visitor.send(room.group(0).replace("close", "reopen"))
    assert "Đã đóng từ" not in visitor.html


async def raise_flag(session: AsyncSession, cast: Cast) -> str:
    """A flag as the background check leaves it."""
    flag_ids = await session.execute(
        text("""
        INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence)
        VALUES (:place, gen_random_uuid(), 'same-document-two-places', 'x', 'high', '00070',
          '{"other_ward_code": "00004", "overlap_from": "2026-11-20T08:00:00+00:00",
            "overlap_to": null}')
        RETURNING id"""),
        {"place": cast.hoa_sen},
    )
    flag = flag_ids.scalar_one()
    await session.commit()
    return str(flag)


async def test_what_is_urgent_is_one_line_each(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    flag = await raise_flag(admin_session, cast)
    await as_(visitor, cast, "minh")
    lines = visitor.html.partition('id="flags"')[2].partition("</table>")[0]
    assert f'href="/ward/flags/{flag}"' in lines
    assert "Một giấy tờ, hai nơi lưu trú" in lines
    assert "Khách sạn Hoa Sen" in lines
    await as_(visitor, cast, "thao")
    assert flag not in visitor.html
