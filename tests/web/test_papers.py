"""Papers read at the desk without a scanner: code lines of a passport, photographs."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.intake.photos.passport_photo import can_read_passports
from benchmarks.synthetic_passports import invented_mrz, page_picture
from tests.intake.photos.pictures import card, encoded, png_bomb
from tests.people import card_text
from tests.web.desk.desk_form import count, shown_fields, typed
from tests.web.visitor import Visitor

PASSPORT = (
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<",
    "L898902C36D<<7408122F2912154<<<<<<<<<<<<<<<4",
)
#: Chosen on the form, beside what its text inputs hold.
CHOSEN = {"sex": "female", "document_type": "4"}


@pytest.fixture
async def lan(visitor: Visitor, cast: Cast) -> Visitor:
    await visitor.sign_in(cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    return visitor


async def stored(session: AsyncSession) -> list[dict[str, object]]:
    contents = await session.execute(text("SELECT content FROM stay_version"))
    return list(contents.scalars())


@pytest.mark.parametrize("between", ["", "\n", " "])
async def test_the_code_lines_fill_the_form_and_the_name_waits_for_a_person(
    between: str, lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.send(f"{desk}/scan", card_text=between.join(PASSPORT), room="101", nights="3")
    assert "Giấy tờ vừa đọc, chưa gửi: MUSTERMANN ERIKA" in lan.html
    fields = shown_fields(lan)
    assert (fields["full_name"], fields["document_number"]) == ("MUSTERMANN ERIKA", "L898902C3")
    assert (fields["room"], fields["nights"], fields["name_source"]) == ("101", "3", "mrz")
    assert fields["permitted_stay_until"] == ""
    corrected = fields | CHOSEN | {"permitted_stay_until": "1/1/2099"}
    await lan.send(desk, status=422, **corrected)
    assert 'id="name_confirmed-error"' in lan.html
    assert await stored(admin_session) == []
    fields = shown_fields(lan)
    await lan.send(desk, **corrected | {"key": fields["key"], "name_confirmed": "1"})
    assert len(await stored(admin_session)) == 1


async def test_lines_that_come_one_after_the_other_are_put_together(
    lan: Visitor, cast: Cast
) -> None:
    scan = f"/desk/{cast.hoa_sen}/scan"
    await lan.send(scan, card_text=PASSPORT[0], room="101")
    assert "Mới nhận được một phần các dòng chữ máy đọc." in lan.html
    assert 'class="error-summary"' not in lan.html
    fields = shown_fields(lan)
    assert (fields["zone_begun"], fields["room"]) == (PASSPORT[0], "101")
    await lan.send(scan, **fields | {"card_text": PASSPORT[1]})
    assert shown_fields(lan)["full_name"] == "MUSTERMANN ERIKA"
    assert shown_fields(lan)["zone_begun"] == ""


async def test_a_doubted_name_is_used_by_a_button(
    lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk, name = f"/desk/{cast.hoa_sen}", "Trần Thị Vaăn"
    scanned = card_text(name=name)
    await lan.send(f"{desk}/scan", status=422, card_text=scanned)
    assert f"cứ dùng: {name}" in lan.html
    assert re.search(r'name="card_name_confirmed"\s+value="1"', lan.html)
    await lan.send(f"{desk}/scan", card_text=scanned, card_name_confirmed="1")
    fields = shown_fields(lan)
    assert (fields["full_name"], fields["name_source"]) == (name, "card")
    assert re.search(r'name="name_confirmed"[^>]*checked', lan.html)
    assert "cứ dùng:" not in lan.html
    await lan.send(
        desk,
        **fields | {"sex": "female", "document_type": "1", "name_confirmed": "1", "room": "101"},
    )
    assert len(await stored(admin_session)) == 1


async def test_another_refusal_offers_no_such_button(lan: Visitor, cast: Cast) -> None:
    await lan.send(f"/desk/{cast.hoa_sen}/scan", status=422, card_text="000201010212")
    assert "card_name_confirmed" not in lan.html


async def test_a_photograph_of_a_card_fills_the_form(lan: Visitor, cast: Cast) -> None:
    await lan.send(
        f"/desk/{cast.hoa_sen}/photo",
        files={"photo": ("card.png", encoded(card()), "image/png")},
        paper="card",
        room="102",
    )
    fields = shown_fields(lan)
    assert fields["full_name"] == "Nguyễn Thị Đào Mẫu"
    assert fields["document_number"] == "001190000017"
    assert fields["room"] == "102"


@pytest.mark.skipif(not can_read_passports(), reason="asm[ocr] is not installed")
async def test_a_photograph_of_a_passport_fills_the_form(lan: Visitor, cast: Cast) -> None:
    picture = encoded(page_picture(invented_mrz(1)), "JPEG")
    await lan.send(
        f"/desk/{cast.hoa_sen}/photo",
        files={"photo": ("passport.jpg", picture, "image/jpeg")},
        paper="passport",
    )
    assert shown_fields(lan)["name_source"] == "mrz"
    assert 'name="name_confirmed"' in lan.html


NOT_PICTURES = {
    "nothing": b"",
    "a PDF": b"%PDF-1.7\n1 0 obj\n",
    "a bomb": png_bomb(9000, 9000, colour=0),
    "no code": encoded(card().resize((60, 40))),
}


@pytest.mark.parametrize("case", NOT_PICTURES)
async def test_what_cannot_be_read_says_why_and_keeps_the_form(
    case: str, lan: Visitor, cast: Cast
) -> None:
    await lan.send(
        f"/desk/{cast.hoa_sen}/photo",
        status=422,
        files={"photo": ("x.png", NOT_PICTURES[case], "image/png")},
        paper="card",
        room="101",
        full_name="Đã Gõ Rồi",
    )
    assert 'id="photo-error"' in lan.html
    assert shown_fields(lan)["full_name"] == "Đã Gõ Rồi"
    assert shown_fields(lan)["room"] == "101"


async def test_a_strangers_desk_reads_nothing(lan: Visitor, cast: Cast) -> None:
    picture = {"photo": ("card.png", encoded(card()), "image/png")}
    desk = f"/desk/{cast.guest_house_b}"
    answer = await lan.send(f"{desk}/photo", status=404, files=picture, paper="card")
    assert answer.url.path == f"{desk}/photo"
    assert "Nguyễn Thị Đào Mẫu" not in lan.html
    assert 'id="full_name"' not in lan.html, "no form to go on with"


async def test_a_typed_name_that_no_card_prints_is_asked_at_the_desk(
    lan: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.send(desk, status=422, **typed(full_name="Müller Thị Mẫu"))
    assert 'id="name_confirmed-error"' in lan.html
    assert 'name="name_confirmed"' in lan.html
    await lan.send(desk, **typed(full_name="Müller Thị Mẫu", name_confirmed="1"))
    assert "Đã tiếp nhận" in lan.html
    await lan.send(desk, status=422, **typed(full_name="Nguyá»…n Thá»‹", name_confirmed="1"))
    assert 'id="full_name-error"' in lan.html
    assert await count(admin_session) == 1
