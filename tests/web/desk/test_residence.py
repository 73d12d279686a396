"""Where a foreigner lives, asked at the desk: optional, and never in the way."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.web.desk.desk_form import count, typed
from tests.web.visitor import Visitor

FOREIGNER = {
    "full_name": "Kim Min Jun", "nationality": "Hàn Quốc", "document_type": "4",
    "document_number": "M1234567",
}  # fmt: skip


async def residences(session: AsyncSession) -> list[str]:
    rows = await session.execute(text("SELECT residence FROM stay ORDER BY received_at"))
    await session.rollback()
    return list(rows.scalars())


@pytest.mark.parametrize(
    ("country", "kept"), [("", "?"), ("Nhật Bản", "CJPN"), ("KOR", "CKOR"), ("Japan", "CJPN")]
)
async def test_a_foreigner_lives_where_the_desk_said(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, country: str, kept: str
) -> None:
    await visitor.sign_in(cast, "lan")
    form = visitor.html[visitor.html.index('id="guest"') :]
    # Enter sends: nobody comes past it who does not open the other particulars.
    assert form.index("<details") < form.index('name="residence_country"') < form.index("</details")
    assert re.search(r'name="residence_country"\s+value=""', form)
    await visitor.send(f"/desk/{cast.hoa_sen}", **typed(**FOREIGNER, residence_country=country))
    assert "Đã tiếp nhận" in visitor.html
    assert await residences(admin_session) == [kept]


async def test_a_country_that_is_none_is_named_at_its_input(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await visitor.sign_in(cast, "lan")
    form = typed(**FOREIGNER, residence_country="Xứ Lạ")
    await visitor.send(f"/desk/{cast.hoa_sen}", status=422, **form)
    assert 'href="#residence_country"' in visitor.html
    assert "Nước cư trú không có trong danh mục." in visitor.html
    assert 'value="Xứ Lạ"' in visitor.html
    assert await count(admin_session) == 0


async def test_it_is_corrected_on_the_form_that_shows_it(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    await visitor.sign_in(cast, "lan")
    form = typed(**FOREIGNER, residence_country="Nhật Bản")
    await visitor.send(f"/desk/{cast.hoa_sen}", **form)
    link = re.search(rf"/desk/{cast.hoa_sen}/stays/[0-9a-f-]{{36}}", visitor.html)
    assert link is not None
    amend = f"{link[0]}/amend"
    await visitor.open(amend)
    assert re.search(r'name="residence_country"\s+value="Nhật Bản"', visitor.html)
    await visitor.send(amend, **form | {"residence_country": "Hàn Quốc"}, key=str(uuid4()))
    assert await residences(admin_session) == ["CKOR"]
    # A page that was opened before the field was there says nothing of it.
    del form["residence_country"]
    await visitor.send(amend, **form | {"full_name": "Kim Min Ju"}, key=str(uuid4()))
    assert await residences(admin_session) == ["CKOR"]


async def test_a_card_leaves_it_as_it_was_typed(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    card = "001090999999||Tạ Thị Giấy|15081990|Nam|Số 1 Phố Thử, Hà Nội|20042021"
    await visitor.send(f"/desk/{cast.hoa_sen}", card_text=card, key=visitor.key)
    assert 'value="Tạ Thị Giấy"' in visitor.html
    assert re.search(r'name="residence_country"\s+value=""', visitor.html)
