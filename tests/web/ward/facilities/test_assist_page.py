"""The officer declares for a citizen who cannot, page by page."""

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.checks.desks import rows
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_


async def test_the_officer_declares_and_prints_the_receipt(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/assist?q=hoa")
    assert "Khách sạn Hoa Sen" in visitor.html
    assert "Sao Mai" not in visitor.html
    page = f"/ward/assist/{cast.hoa_sen}"
    await visitor.open(f"/ward/assist?facility={cast.hoa_sen}")
    await visitor.send(page, status=422, **typed(document_number="0011", key=visitor.key))
    assert "error-summary" in visitor.html
    await visitor.send(page, **typed(document_number="001190000123", key=visitor.key))
    assert "In giấy tiếp nhận cho người dân" in visitor.html
    (stay,) = await rows(admin_engine, "SELECT * FROM stay")
    assert stay.via == "assisted"
    await visitor.open(f"/desk/{cast.hoa_sen}/stays/{stay.id}/receipt")
    assert stay.receipt_number in visitor.html
    await visitor.open(f"/ward/stays/{cast.hoa_sen}/{stay.id}")
    assert "Công an cấp xã khai giúp" in visitor.html
    await visitor.open("/ward/guests")
    assert "Công an cấp xã khai giúp" in visitor.html
    await as_(visitor, cast, "lan")
    await visitor.open(f"/desk/{cast.hoa_sen}")
    assert "Công an cấp xã khai giúp" in visitor.html


async def test_the_page_is_absent_for_others(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    for login, status in (("thao", 404), ("lan", 403), ("quang", 403)):
        await as_(visitor, cast, login)
        await visitor.open(f"/ward/assist/{cast.hoa_sen}", status=status)
        await visitor.open("/account")
        form = typed(document_number="001190000123")
        await visitor.send(f"/ward/assist/{cast.hoa_sen}", status=status, **form)
    assert await rows(admin_engine, "SELECT * FROM stay") == []


async def test_the_officer_mends_and_voids_what_they_declared(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    page = f"/ward/assist/{cast.hoa_sen}"
    await visitor.open(page)
    await visitor.send(page, **typed(document_number="001190000123", key=visitor.key))
    (stay,) = await rows(admin_engine, "SELECT * FROM stay")
    shown, deed = f"/ward/stays/{cast.hoa_sen}/{stay.id}", f"{page}/stays/{stay.id}"
    await visitor.open(shown)
    assert f'href="{deed}/amend"' in visitor.html
    await visitor.open(f"{deed}/amend")
    assert f'href="{shown}"' in visitor.html
    mended = typed(document_number="001190000123", full_name="Lê Thị Đúng", key=visitor.key)
    await visitor.send(f"{deed}/amend", status=422, **mended | {"birth_date": "32/1/1990"})
    await visitor.send(f"{deed}/amend", **mended)
    assert "Lê Thị Đúng" in visitor.html
    await visitor.open(f"{deed}/void")
    key = visitor.key
    await visitor.send(f"{deed}/void", status=422, reason=" ", key=key)
    await visitor.send(f"{deed}/void", reason="khai nhầm người", key=key)
    assert "Khai báo này đã hủy." in visitor.html
    assert f'href="{deed}/amend"' not in visitor.html
    versions = await rows(admin_engine, "SELECT * FROM stay_version ORDER BY version")
    assert [(each.change, each.via) for each in versions] == [
        ("declared", "assisted"),
        ("amended", "assisted"),
        ("voided", "assisted"),
    ]
    assert {each.changed_by for each in versions} == {stay.declared_by}
