"""What a scanned door plate leads to."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.geo.addresses.door_code import encode, format_code
from asm.geo.points import Point
from tests.web.visitor import Visitor

HOAN_KIEM = Point(lon=105.8542, lat=21.0285)


async def test_a_plate_tells_its_place_and_nothing_else(visitor: Visitor) -> None:
    code = encode(HOAN_KIEM, 3)
    await visitor.open(f"/A/{code}")
    assert format_code(code) in visitor.html
    assert "21.0285" in visitor.html
    await visitor.open(f"/A/{code.lower()}")
    assert format_code(code) in visitor.html


async def test_a_misread_plate_offers_what_was_meant(visitor: Visitor) -> None:
    code = encode(HOAN_KIEM)
    wrong = code[:4] + ("2" if code[4] != "2" else "3") + code[5:]
    await visitor.open(f"/A/{wrong}", status=422)
    assert format_code(code) in visitor.html
    await visitor.open("/A/khong-phai-ma", status=422)
    assert "Có thể là:" not in visitor.html


async def test_a_plate_says_how_to_declare_and_leads_its_people_to_their_desk(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    codes = await admin_session.execute(
        text("SELECT code FROM digital_address WHERE facility_id = :id"), {"id": cast.hoa_sen}
    )
    at = f"/A/{codes.scalar_one()}"
    await visitor.open(at)
    assert f'href="{at}/declare"' in visitor.html
    assert "23:00" in visitor.html
    assert "Hoa Sen" not in visitor.html
    assert "Hàng Thử" not in visitor.html
    # A stranger is asked to sign in first, and comes back to the same door.
    await visitor.open(f"{at}/declare")
    assert f'value="{at}/declare"' in visitor.html
    person = cast.people["lan"]
    answer = await visitor.send(
        "/sign-in", login=person.login, password=person.password, next=f"{at}/declare"
    )
    assert answer.url.path == f"/desk/{cast.hoa_sen}"
    # Pages for everybody know who is signed in, and offer nobody to sign in again.
    for everybodys in (at, "/A/khong-phai-ma", "/map"):
        await visitor.open(everybodys, status=422 if "khong" in everybodys else 200)
        assert 'action="/sign-out"' in visitor.html, everybodys


@pytest.mark.parametrize(("login", "status"), [("minh", 200), ("thao", 404), ("hai", 404)])
async def test_only_its_people_and_its_ward_get_further(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, login: str, status: int
) -> None:
    codes = await admin_session.execute(
        text("SELECT code FROM digital_address WHERE facility_id = :id"), {"id": cast.hoa_sen}
    )
    await visitor.sign_in(cast, login)
    answer = await visitor.open(f"/A/{codes.scalar_one()}/declare", status=status)
    if status == 200:
        assert answer.url.path == f"/facilities/{cast.hoa_sen}"
    else:
        never = await visitor.open(f"/A/{encode(Point(lon=103, lat=6.5))}/declare", status=404)
        assert "Hoa Sen" not in answer.text
        assert len(never.text) == len(answer.text)


async def test_plates_are_printed_by_their_own_people_and_ward(
    visitor: Visitor, cast: Cast
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.open("/plates")
    assert str(cast.hoa_sen) in visitor.html
    assert str(cast.guest_house_b) not in visitor.html
    for paper in ("a4", "a5", "plate"):
        pdf = await visitor.open(f"/plates.pdf?facility={cast.hoa_sen}&paper={paper}")
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF-")
    for nothing in ("/plates.pdf", f"/plates.pdf?facility={cast.guest_house_b}"):
        await visitor.open(nothing, status=422)
        assert "Chưa chọn biển nào để in." in visitor.html


async def test_an_officer_prints_the_wards_plates(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/plates")
    for facility_id in (cast.hoa_sen, cast.boarding_house, cast.hospital):
        assert str(facility_id) in visitor.html
    assert str(cast.guest_house_b) not in visitor.html


async def test_a_scanned_plate_begins_a_registration_at_its_door(
    visitor: Visitor, admin_session: AsyncSession, cast: Cast
) -> None:
    """The register then says that the point comes from a plate, unless it was typed over."""
    code = encode(HOAN_KIEM, 3)
    await visitor.open(f"/A/{code}")
    assert f'href="/facilities/new?plate={code}"' in visitor.html
    await visitor.sign_in(cast, "hai")
    registration = {"kind": "boarding_house", "name": "Nhà trọ Biển", "address_text": "1 Phố Thử"}
    point = {}
    for typed, source, accuracy in ((0.0, "plate_scan", 1.3), (0.0001, "registration", None)):
        await visitor.open(f"/facilities/new?plate={code}")
        fields = {
            name: re.search(f'name="{name}"[^>]*value="([^"]*)"', visitor.html)
            for name in ("latitude", "longitude", "point_source", "plate")
        }
        point = {name: value.group(1) for name, value in fields.items() if value is not None}
        assert abs(float(point["latitude"]) - 21.0285) < 0.00002
        point["latitude"] = f"{float(point['latitude']) + typed:.6f}"
        answer = await visitor.send("/facilities/new", **registration, **point)
        held = await admin_session.execute(
            text("SELECT point_source, accuracy_m FROM digital_address WHERE facility_id = :id"),
            {"id": answer.url.path.rpartition("/")[2]},
        )
        row = held.one()
        assert (row.point_source, row.accuracy_m) == (source, pytest.approx(accuracy))
    await visitor.open("/facilities/new?plate=khong-phai-ma")
    assert 'name="plate"' not in visitor.html
