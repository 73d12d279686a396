"""The ward's work list and a case's page, without scripts."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.demo.cast import Cast
from tests.checks.desks import rows
from tests.checks.flags.test_cases import cases
from tests.web.visitor import Visitor
from tests.web.ward.test_flags import raise_flags
from tests.web.ward.test_ward import as_


async def test_one_line_says_what_who_where_and_since_when(
    visitor: Visitor, cast: Cast, late: UUID, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/flags")
    assert "Việc đang chờ: 1" in visitor.html
    for said in ("Khai báo trễ hạn", "Nguyễn Văn Mẫu", "và 1 khách khác", "Khách sạn Hoa Sen"):
        assert said in visitor.html
    assert visitor.html.count(f'href="/ward/flags/{late}"') == 1
    of_tonight, entry = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'ward.flags_read' ORDER BY at"
    )
    assert of_tonight.details["guests"] == entry.details["guests"] == 1
    assert "Mẫu" not in str(entry.details)


async def test_tonight_names_who_and_where(
    visitor: Visitor, cast: Cast, late: UUID, pair: UUID, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward")
    lines = visitor.html.partition('aria-labelledby="flags"')[2].partition("</section>")[0]
    urgent, _, late_ones = lines.partition("Khai trễ, đang chờ xem")
    assert f'href="/ward/flags/{pair}"' in urgent
    assert f'href="/ward/flags/{late}"' in late_ones
    for each in (urgent, late_ones):
        assert "Nguyễn Văn Mẫu" in each
        assert "Khách sạn Hoa Sen" in each
    assert "và 1 khách khác" in late_ones
    (entry, *_) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'ward.flags_read' ORDER BY at"
    )
    assert entry.details["guests"] >= 2
    assert "Mẫu" not in str(entry.details)


@pytest.mark.parametrize(
    "path", ["/ward", "/ward/flags?state=closed", "/ward/guests", "/ward/facilities", "/ward/shift"]
)
async def test_every_page_says_how_many_cases_wait(
    path: str, visitor: Visitor, cast: Cast, late: UUID, pair: UUID, api_engine: AsyncEngine
) -> None:
    waiting = (await cases(api_engine)).total
    assert waiting > len({late, pair}) - 1
    await as_(visitor, cast, "minh")
    await visitor.open(path)
    link = visitor.html.partition('<a href="/ward/flags"')[2].partition("</a>")[0]
    assert f'<span class="unread-mark num">{waiting}</span>' in link
    await as_(visitor, cast, "quang")
    await visitor.open("/province")
    assert f"{waiting} việc" in visitor.html
    await as_(visitor, cast, "thao")
    await visitor.open("/ward/shift")
    assert "unread-mark num" not in visitor.html.partition('<a href="/ward/flags"')[2][:200]


#: What the address names, and whether the late workbook is still listed.
QUERIES = {
    "check=declared-late": True,
    "check=overstay": False,
    "check=no-such-check": True,
    "urgency=week": True,
    "urgency=now": False,
    "urgency=x&taken=x&facility=x&state=x&case=x&done=called": True,
    "taken=nobody": True,
    "taken=mine": False,
    "facility={hoa_sen}": True,
    "facility={boarding_house}": False,
    "state=dismissed": False,
    "state=closed": False,
    "page=7": True,
}


async def test_the_address_narrows_the_list(visitor: Visitor, cast: Cast, late: UUID) -> None:
    await as_(visitor, cast, "minh")
    for query, listed in QUERIES.items():
        named = query.format(hoa_sen=cast.hoa_sen, boarding_house=cast.boarding_house)
        await visitor.open(f"/ward/flags?{named}")
        assert (f'href="/ward/flags/{late}"' in visitor.html) is listed, query
        assert ("Nguyễn Văn Mẫu" in visitor.html) is listed, query


async def test_another_wards_house_narrows_to_not_found(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward/flags?facility={cast.guest_house_b}", status=404)
    assert "Sao Mai" not in visitor.html


async def test_a_pair_is_seen_side_by_side_with_what_differs(
    visitor: Visitor, cast: Cast, pair: UUID
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward/flags/{pair}")
    for said in ("Bản A", "Bản B", "Khách sạn Hoa Sen", "Nhà trọ", "18:00 01/03/2026"):
        assert said in visitor.html, said
    differing = visitor.html.split('class="differs"')[1:]
    assert any("Nơi ở" in each[:60] for each in differing)
    assert not any("Ngày sinh" in each[:60] for each in differing)


async def test_a_case_is_taken_noted_settled_and_taken_back(
    visitor: Visitor, cast: Cast, late: UUID
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/flags")
    await visitor.send(f"/ward/flags/{late}/take")
    assert "Bạn đã nhận việc này." in visitor.html
    await visitor.send(f"/ward/flags/{late}/note", status=422, remark="  ")
    assert "Ghi lý do xử lý." in visitor.html
    await visitor.send(f"/ward/flags/{late}/note", remark="Chị Lan nói mạng hỏng.")
    assert "Chị Lan nói mạng hỏng." in visitor.html
    await visitor.send(f"/ward/flags/{late}/settle", status=422, outcome="nothing_wrong", note="")
    assert "Ghi lý do xử lý." in visitor.html
    await visitor.send(f"/ward/flags/{late}/settle", status=422, outcome="gone")
    assert "Chọn kết quả" in visitor.html
    await visitor.send(f"/ward/flags/{late}/settle", status=422, outcome="passed_on", note="xem")
    assert "Chọn nơi nhận việc" in visitor.html
    assert ">xem</textarea>" in visitor.html
    await visitor.send(f"/ward/flags/{late}/settle", outcome="called", note="đã gọi")
    assert "Không có việc nào đang chờ" in visitor.html
    assert f'action="/ward/flags/{late}/undo"' in visitor.html
    await visitor.send(f"/ward/flags/{late}/settle", status=422, outcome="corrected")
    assert "Việc này không còn chờ" in visitor.html
    await visitor.send(f"/ward/flags/{late}/undo")
    await visitor.open("/ward/flags")
    assert "Việc đang chờ: 1" in visitor.html


async def test_what_is_passed_on_is_answered_where_it_went(
    visitor: Visitor, cast: Cast, late: UUID
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward/flags/{late}")
    await visitor.send(
        f"/ward/flags/{late}/settle", outcome="passed_on", to="00004", note="Khách sang Ba Đình."
    )
    await as_(visitor, cast, "thao")
    await visitor.open("/ward/flags")
    assert "Được chuyển đến: 1" in visitor.html
    await visitor.open("/ward/flags/passed")
    assert "Khách sang Ba Đình." in visitor.html
    assert "Hoa Sen" not in visitor.html
    assert "Nguyễn Văn Mẫu" not in visitor.html
    case = visitor.html.split('id="answer-')[1].split('"')[0]
    await visitor.send(f"/ward/flags/passed/{case}/answer", status=422, answer="")
    await visitor.send(f"/ward/flags/passed/{case}/answer", answer="Không thấy ở đây.")
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward/flags/{late}")
    assert "Không thấy ở đây." in visitor.html
    await visitor.send(f"/ward/flags/passed/{case}/answer", status=404, answer="x")


async def test_one_flag_alone_is_dismissed_and_taken_back(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await raise_flags(admin_session, cast, "overstay", 55)
    flag = (await admin_session.execute(text("SELECT id FROM flag ORDER BY id"))).scalars().first()
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/flags?check=overstay")
    assert "Việc đang chờ: 1" in visitor.html
    assert "55 lần" in visitor.html
    await visitor.send(f"/ward/flags/{flag}/dismiss", status=422, **{f"note-{flag}": ""})
    assert "Ghi lý do xử lý." in visitor.html
    note: dict[str, Any] = {"from": "list", f"note-{flag}": "đã hỏi Lan"}
    await visitor.send(f"/ward/flags/{flag}/dismiss", **note)
    assert "54 lần" in visitor.html
    await visitor.open("/ward/flags?state=dismissed")
    assert "Không có gì sai" in visitor.html
    await visitor.send(f"/ward/flags/{flag}/reopen")
    await visitor.open("/ward/flags")
    assert "55 lần" in visitor.html


@pytest.mark.parametrize(("login", "status"), [("thao", 404), ("lan", 403), ("quang", 403)])
async def test_a_case_and_its_deeds_are_absent_for_others(
    login: str, status: int, visitor: Visitor, cast: Cast, late: UUID
) -> None:
    await as_(visitor, cast, login)
    await visitor.open("/account")
    for deed in ("take", "release", "note", "settle", "undo", "dismiss", "reopen"):
        fields = {"outcome": "called", "remark": "x", f"note-{late}": "x"}
        answer = await visitor.send(f"/ward/flags/{late}/{deed}", status=status, **fields)
        assert answer.status_code == status, deed
        await visitor.open("/account")
    await visitor.open(f"/ward/flags/{late}", status=status)
    assert "Nguyễn Văn Mẫu" not in visitor.html


async def test_an_empty_list_says_the_next_step(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/flags")
    assert "Máy không thấy điều gì cần xem." in visitor.html
    await visitor.open("/ward/flags/passed")
    assert "Chưa nơi nào chuyển việc đến đây." in visitor.html
