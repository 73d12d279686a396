"""The desk without scripts: plain forms must do everything."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from tests.people import card_text
from tests.web.desk.desk_form import count, shown_fields, typed
from tests.web.visitor import Visitor

NUMBER = re.compile(r"LT-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


async def test_the_only_desk_opens_by_itself(lan: Visitor, cast: Cast) -> None:
    answer = await lan.open("/")
    assert answer.url.path == f"/desk/{cast.hoa_sen}"
    assert "Khách sạn Hoa Sen" in lan.html
    assert "autofocus" in lan.html


async def test_scan_room_send(lan: Visitor, cast: Cast, admin_session: AsyncSession) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    answer = await lan.send(f"{desk}/scan", card_text=card_text(), room="102", nights="3")
    assert answer.url.path.endswith("/scan")
    assert answer.url.query == b""
    assert 'value="Trần Thị Thử"' in lan.html
    assert 'value="102"' in lan.html
    assert 'value="15/08/1990"' in lan.html
    assert re.search(r'<option value="01" selected>', lan.html)  # Hà Nội, read from the address
    fields = shown_fields(lan)
    assert fields["via"] == "card_qr"
    await lan.send(desk, **typed(**fields | {"sex": "male", "document_type": "1"}))
    assert "Đã tiếp nhận" in lan.html
    assert NUMBER.search(lan.html)
    assert await count(admin_session) == 1


async def test_what_is_no_card_says_what_it_is(lan: Visitor, cast: Cast) -> None:
    await lan.send(
        f"/desk/{cast.hoa_sen}/scan", status=422, card_text="00020101021138570010A00000072"
    )
    assert "mã QR chuyển tiền ngân hàng" in lan.html


async def test_all_faults_at_once_and_nothing_typed_is_lost(
    lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.send(
        desk, status=422, **typed(full_name="", birth_date="31/2/1990", document_number="12")
    )
    assert "Không có ngày 31/2/1990" in lan.html
    assert 'href="#birth_date"' in lan.html
    assert 'href="#full_name"' in lan.html
    assert 'href="#document_number"' in lan.html
    assert 'value="31/2/1990"' in lan.html
    assert 'value="12"' in lan.html
    assert 'role="alert"' in lan.html
    assert await count(admin_session) == 0


async def test_the_same_form_twice_is_one_stay(
    lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    form = typed(key=lan.key)
    await lan.send(desk, **form)
    first = NUMBER.findall(lan.html)[0]
    await lan.send(desk, **form)
    assert NUMBER.findall(lan.html)[0] == first
    assert await count(admin_session) == 1


async def test_an_old_form_brought_back_is_not_lost(
    lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    key = lan.key
    await lan.send(desk, **typed(key=key))
    await lan.send(desk, status=422, **typed(key=key, full_name="Hoàng Văn Nháp"))
    assert 'value="Hoàng Văn Nháp"' in lan.html
    assert lan.key != key
    await lan.send(desk, **typed(key=lan.key, full_name="Hoàng Văn Nháp"))
    assert await count(admin_session) == 2


async def test_a_late_declaration_is_taken_and_marked(lan: Visitor, cast: Cast) -> None:
    long_ago = datetime.now(VIETNAM) - timedelta(days=2)
    await lan.send(
        f"/desk/{cast.hoa_sen}",
        **typed(arrived_day=f"{long_ago:%d/%m/%Y}", arrived_time="14:00", nights="5"),
    )
    assert "Đã tiếp nhận" in lan.html
    assert "Trễ hạn" in lan.html


async def test_a_guest_without_papers(lan: Visitor, cast: Cast) -> None:
    await lan.send(f"/desk/{cast.hoa_sen}", **typed(no_papers="1", document_number=""))
    assert "Đã tiếp nhận" in lan.html


async def test_a_foreigner(lan: Visitor, cast: Cast) -> None:
    until = datetime.now(VIETNAM) + timedelta(days=20)
    await lan.send(
        f"/desk/{cast.hoa_sen}",
        **typed(
            nationality="Hàn Quốc", document_type="4", document_number="X1234567",
            permitted_stay_until=f"{until:%d/%m/%Y}", full_name="SAMPLE KIM",
        ),
    )  # fmt: skip
    assert "Đã tiếp nhận" in lan.html


async def a_stay(lan: Visitor, cast: Cast) -> str:
    """Declare one guest and return the address of their stay."""
    await lan.send(f"/desk/{cast.hoa_sen}", **typed())
    link = re.search(rf"/desk/{cast.hoa_sen}/stays/[0-9a-f-]{{36}}", lan.html)
    assert link is not None
    return link.group(0)


@pytest.mark.parametrize(
    ("change", "fields", "said"),
    [
        ("depart", {}, "Đã ghi khách trả phòng."),
        ("extend", {"day": f"{datetime.now(VIETNAM) + timedelta(days=4):%d/%m/%Y}"}, "Đã đổi ngày"),
        ("move", {"room": "203"}, "Đã đổi phòng."),
        ("void", {"reason": "Gõ nhầm khách"}, "Đã hủy khai báo"),
    ],
)
async def test_changes(
    lan: Visitor, cast: Cast, change: str, fields: dict[str, str], said: str
) -> None:
    stay = await a_stay(lan, cast)
    await lan.open(f"{stay}/{change}")
    await lan.send(f"{stay}/{change}", key=lan.key, **fields)
    assert said in lan.html
    await lan.open(stay)
    assert "Các lần thay đổi" in lan.html
    if change == "move":
        assert "<del>101</del>" in lan.html
        assert "<ins>203</ins>" in lan.html
    if change == "void":
        assert "Gõ nhầm khách" in lan.html


async def test_a_misspelt_name_is_corrected(lan: Visitor, cast: Cast) -> None:
    stay = await a_stay(lan, cast)
    await lan.open(f"{stay}/amend")
    fields = shown_fields(lan) | {"sex": "female", "document_type": "1"}
    await lan.send(f"{stay}/amend", status=422, **fields | {"birth_date": "x"})
    await lan.send(f"{stay}/amend", **fields | {"full_name": "Lê Thị Nháp Sửa"})
    assert "Đã sửa thông tin khách." in lan.html
    await lan.open(stay)
    assert "<ins>Lê Thị Nháp Sửa</ins>" in lan.html
    assert re.findall(r"<ins>(.*?)</ins>", lan.html) == ["Lê Thị Nháp Sửa"]


@pytest.mark.parametrize(
    ("change", "fields", "said"),
    [
        ("void", {"reason": ""}, "Chưa có lý do hủy."),
        ("extend", {"day": "hôm kia"}, "Ngày không đọc được."),
        ("depart", {"time": "1 giờ trưa"}, "Giờ không đọc được."),
        ("extend", {"day": "1/1/2020"}, "Ngày rời đi trước ngày đến."),
    ],
)
async def test_changes_that_cannot_be(
    lan: Visitor, cast: Cast, change: str, fields: dict[str, str], said: str
) -> None:
    stay = await a_stay(lan, cast)
    await lan.open(f"{stay}/{change}")
    await lan.send(f"{stay}/{change}", status=422, key=lan.key, **fields)
    assert said in lan.html


async def test_the_receipt_and_its_code(lan: Visitor, cast: Cast) -> None:
    stay = await a_stay(lan, cast)
    await lan.open(f"{stay}/receipt")
    assert NUMBER.search(lan.html)
    assert f"{stay}/receipt/qr.svg" in lan.html
    drawn = await lan.client.get(f"{stay}/receipt/qr.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "style=" not in drawn.text


@pytest.mark.parametrize("data", [b"", b"not a workbook", build_workbook()])
async def test_never_success_for_nothing(lan: Visitor, cast: Cast, data: bytes) -> None:
    page = f"/desk/{cast.hoa_sen}/import"
    await lan.open(page)
    await lan.send(page, status=422, files={"file": ("khach.xlsx", data)})
    assert "Đã tiếp nhận" not in lan.html


async def test_the_empty_form_comes_along(lan: Visitor, cast: Cast) -> None:
    answer = await lan.client.get(f"/desk/{cast.hoa_sen}/import/form.xlsx")
    assert answer.content.startswith(b"PK")


async def test_anothers_desk_looks_absent(lan: Visitor, cast: Cast) -> None:
    other = await lan.open(f"/desk/{cast.guest_house_b}", status=404)
    nowhere = await lan.open("/desk/00000000-0000-0000-0000-000000000000", status=404)
    assert without_tokens(other) == without_tokens(nowhere)


def without_tokens(answer: httpx.Response) -> str:
    """The page without its form token and own address."""
    return re.sub(r'name="(_csrf_token|next)" value="[^"]*"', "", answer.text)
