"""The ministry: provinces side by side, then the wards of one."""

import re

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.web.province.totals import put_totals, tonight
from tests.web.visitor import Visitor

DA_NANG_WARD = "20194"


async def test_provinces_then_wards(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    night = await tonight(admin_engine)
    for ward, stayed in ((WARD_A, 9), (WARD_B, 3), (DA_NANG_WARD, 10)):
        await put_totals(
            admin_engine, night, ward, facilities_active=10, facilities_stayed=stayed,
            guest_nights=stayed * 2,
        )  # fmt: skip
    await visitor.sign_in(cast, "nga")
    answer = await visitor.open("/")
    assert answer.url.path == "/country"
    provinces = re.findall(r'<a href="/country\?province=(\d\d)">', visitor.html)
    assert provinces[:2] == ["01", "48"]
    assert len(provinces) == 34
    assert "12/20" in visitor.html
    await visitor.open("/country?province=01")
    wards = re.findall(r"area=ward:(\d{5})", visitor.html)
    assert wards[:2] == [WARD_B, WARD_A]
    assert DA_NANG_WARD not in wards
    # Its figures are of areas: nobody is reminded from here, nothing leads to a house.
    assert "/province/remind" not in visitor.html
    assert "/facilities/" not in visitor.html
    for absent in ("99", "1", "0x", "001"):
        await visitor.open(f"/country?province={absent}", 404)
