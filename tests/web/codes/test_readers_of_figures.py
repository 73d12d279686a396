"""Accounts of the ministry and of tourism offices, which read figures."""

from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.web.codes.people import PASSWORD, browser, code_on, give_code
from tests.web.visitor import Visitor


async def test_an_administrator_makes_readers_of_figures(
    app: Litestar, visitor: Visitor, cast: Cast, admin_session: AsyncSession
) -> None:
    """The ministry has no area, a tourism office a province or the whole country."""
    reader = {"display_name": "Người đọc", "ward_code": ""}
    await visitor.sign_in(cast, "admin")
    await visitor.open("/officers?province=country")
    country = reader | {"province_code": "country"}
    assert 'name="ward_code"' not in visitor.html
    for role in ("provincial_officer", "administrator"):
        await visitor.send("/officers", status=422, **country | {"role": role, "login": "ai.do"})
    await visitor.send("/officers", **country | {"role": "ministry_officer", "login": "bo.mot"})
    code = code_on(visitor)
    await visitor.open("/officers?province=01")
    assert 'value="ministry_officer"' not in visitor.html
    of_hanoi = reader | {"province_code": "01"}
    await visitor.send(
        "/officers", status=422, **of_hanoi | {"role": "ministry_officer", "login": "bo.hai"}
    )
    assert "Cán bộ cấp bộ không có địa bàn" in visitor.html
    await visitor.send("/officers", **of_hanoi | {"role": "tourism_officer", "login": "du.lich"})
    await visitor.open("/officers?province=country")
    await visitor.send("/officers", **country | {"role": "tourism_officer", "login": "du.lich.vn"})
    opened = await admin_session.execute(
        text("SELECT login, province_code FROM account WHERE login ~ '^(bo|du)[.]' ORDER BY login")
    )
    assert opened.all() == [("bo.mot", None), ("du.lich", "01"), ("du.lich.vn", None)]
    async with browser(app) as ministry:
        await give_code(ministry, code)
        await ministry.send("/codes/use", password=PASSWORD)
        await ministry.open("/country")
    await visitor.sign_in(cast, "quang")
    await visitor.open("/officers")
    await visitor.send(
        "/officers", status=422, **of_hanoi | {"role": "tourism_officer", "login": "du.lich.ba"}
    )
