"""Areas as points beside their list."""

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.questions.area import NamedArea
from asm.analytics.tonight_beside import AreaTonight
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.geo.areas.published_areas import published_areas
from asm.web.figures.flow_map import WIDTH
from asm.web.province.area_map import AreaMap, area_map
from asm.web.province.beside_view import BesideRow
from tests.web.province.totals import put_totals, tonight
from tests.web.visitor import Visitor


def row(code: str, *, declared: int = 10, guests: int = 0, name: str = "Phường Thử") -> BesideRow:
    """Of ten facilities; a slow one as the page marks it."""
    area = AreaTonight(
        area=NamedArea(kind="ward", code=code, name=name),
        ended=None,
        guests=guests,
        active=10,
        declared=declared,
        silent=10 - declared,
        late=0,
        bed_percent=None,
        verified_percent=None,
        cases=None,
        fortnight=[guests],
    )
    return BesideRow(area=area, pace="act" if declared < 8 else "")


def drawn(answer: AreaMap | None) -> AreaMap:
    assert answer is not None
    return answer


async def test_slow_wards_lie_on_top_and_are_named() -> None:
    rows = [row(WARD_A, declared=3, guests=100, name="Phường Hoàn Kiếm"), row(WARD_B, guests=25)]
    shown = drawn(await area_map(rows, "01"))
    assert [(dot.slow, dot.radius) for dot in shown.dots] == [(False, 8.0), (True, 13.0)]
    assert [name for name, _ in shown.names] == ["Hoàn Kiếm"]
    assert len(shown.empty) == 126 - 2
    assert shown.left_out == []


@pytest.mark.parametrize("province", ["", *sorted({w.province_code for w in published_areas()[1]})])
async def test_every_area_lies_inside_its_drawing(province: str) -> None:
    _, wards = published_areas()
    code = province or "01"
    codes = [ward.code for ward in wards if ward.province_code == code] if province else [code]
    shown = drawn(await area_map([row(each, guests=9) for each in codes], province))
    assert len(shown.dots) + len(shown.left_out) == len(codes)
    for dot in shown.dots:
        assert dot.radius <= dot.spot.x <= WIDTH - dot.radius
        assert dot.radius <= dot.spot.y <= shown.height - dot.radius
    assert re.fullmatch(r"M(-?\d+ -?\d+L)+-?\d+ -?\d+Z", shown.outline)


async def test_far_islands_stand_in_the_list_alone() -> None:
    islands = [ward for ward in published_areas()[1] if ward.kind == "dac_khu"]
    assert len(islands) > 5
    for ward in islands:
        assert await area_map([row(ward.code)], ward.province_code) is None
    beside = drawn(
        await area_map(
            [
                row(islands[0].code, name="Đặc khu Thử"),
                *(
                    row(ward.code)
                    for ward in published_areas()[1]
                    if ward.province_code == islands[0].province_code and ward.kind != "dac_khu"
                ),
            ],
            islands[0].province_code,
        )
    )
    assert beside.left_out == ["Đặc khu Thử"]


async def test_the_pages_show_it_after_the_list(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    night = await tonight(admin_engine)
    for ward, stayed in ((WARD_A, 9), (WARD_B, 3)):
        await put_totals(
            admin_engine, night, ward, facilities_active=10, facilities_stayed=stayed,
            guest_nights=stayed * 2,
        )  # fmt: skip
    for login, address, slow in (
        ("quang", "/province", "1"),
        ("nga", "/country?province=01", "1"),
        ("nga", "/country", "1"),
    ):
        await visitor.sign_in(cast, login)
        await visitor.open(address)
        table, heading, drawing = visitor.html.partition('id="areas-map"')
        assert heading, address
        assert "<table" in table
        assert f"Khai chậm: {slow} nơi trên sơ đồ" in drawing
        assert drawing.count('class="dot') == (1 if address == "/country" else 2)
        assert drawing.count('class="dot slow"') == 1
        assert "Quần đảo Trường Sa" in drawing
        await visitor.send("/sign-out")


async def test_without_a_facility_there_is_no_map(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province")
    assert 'id="areas-map"' not in visitor.html
