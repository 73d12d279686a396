"""Every look-up is on the citizen's page: none is left out, some only later."""

import re
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.citizens.sessions import sign_in_by_identity
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.settings import CitizenSettings, Settings
from asm.variables.dated_days import DatedDays, read_dated_days
from tests.lookups.officers import HOA, MAI, declare, look_up, officer
from tests.notify.messages.rows import change, rows
from tests.people import sign_in
from tests.web.visitor import Visitor

GLASS = {"note": "Người nhà thấy ở bên ấy", "case_number": "14/TB-2026"}
_THOUSAND = """
INSERT INTO look_up (id, at, account_id, role, ward_code, province_code, reason, note, case_number,
  index_a, key_id, sealed)
SELECT gen_random_uuid(), l.at - n * interval '1 hour', l.account_id, l.role, l.ward_code,
  l.province_code, l.reason, l.note, l.case_number, l.index_a, l.key_id, l.sealed
FROM look_up l, generate_series(1, :more) AS n WHERE l.note <> 'copy'
"""


async def vouched(app: Litestar, client: httpx.AsyncClient, number: str) -> Visitor:
    """The browser of who was vouched for by the identity provider."""
    async with app.state.sessions() as session:
        token = await sign_in_by_identity(session, await app.state.vault.current(), number)
        await session.commit()
    client.cookies.clear()
    client.cookies.set("asm-citizen", token)
    return Visitor(client)


async def lines(visitor: Visitor) -> int:
    """On all pages together."""
    total = 0
    for page in range(1, 9):
        await visitor.open(f"/mine?page={page}")
        total += visitor.html.count("data-seen")
    return total


async def test_a_thousand_look_ups_are_a_thousand_lines(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await look_up(await officer(client, cast), HOA)  # whom nobody has declared yet
    await change(admin_engine, _THOUSAND, more=999)
    visitor = await vouched(app, client, HOA)
    await visitor.open("/mine")
    assert "Đã có 1000 lần" in visitor.html.replace(".", "")
    assert await lines(visitor) == 1000
    assert await lines(await vouched(app, client, MAI)) == 0


async def test_officers_who_opened_what_was_declared_are_there_too(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    mine = await declare(client, cast, HOA)
    await declare(client, cast, MAI)
    minh = await officer(client, cast)
    await minh.open(f"/ward/stays/{cast.hoa_sen}/{mine['stay_id']}")
    answer = await client.get(
        f"/api/v1/wards/{WARD_A}/guests", headers=await sign_in(client, cast, "minh")
    )
    assert answer.status_code == 200, answer.text
    visitor = await vouched(app, client, HOA)
    await visitor.open("/mine")
    assert "mở thông tin lượt lưu trú" in visitor.html
    assert "mở danh sách khách, 2 người cùng lúc" in visitor.html
    assert "Công an Phường Hoàn Kiếm" in visitor.html
    # Who declared it reads the own guests all day: that is no look-up.
    assert "Lan" not in visitor.html


async def test_delayed_from_a_day_on_and_never_left_out(
    app: Litestar,
    client: httpx.AsyncClient,
    cast: Cast,
    admin_engine: AsyncEngine,
    settings: Settings,
) -> None:
    minh = await officer(client, cast)
    for days in (1, 10, 40, 60):
        await look_up(minh, HOA)
        await change(
            admin_engine,
            "UPDATE look_up SET at = at - :days * interval '1 day' "
            "WHERE at > now() - interval '1 hour'",
            days=days,
        )
    today = (await rows(admin_engine, "SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"))[0][0]
    ago20, ago50 = (today - timedelta(days=days) for days in (20, 50))
    visitor = await vouched(app, client, HOA)
    for text, shown in (
        ("", 4),
        ("2020-01-01:30", 2),
        ("2020-01-01:100", 0),
        # Set twenty days ago: what was made before then is shown as before.
        (f"{ago20}:3660", 2),
        (f"2020-01-01:100 {ago50}:0", 3),
    ):
        citizens = CitizenSettings(shown_after=read_dated_days(text))
        app.state.settings = replace(settings, citizens=citizens)
        await visitor.open("/mine")
        assert visitor.html.count("tra cứu theo số giấy tờ") == shown, text
        assert ("sau một số ngày do luật định" in visitor.html) == bool(text)


@pytest.mark.parametrize("text", ["30", "2026-13-01:5", "2026-01-01:-1", "2026-01-01:9999", "x:1"])
def test_delays_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text.split(":", maxsplit=1)[0]) + "|month"):
        read_dated_days(text)


def test_delays_stand_by_date() -> None:
    assert read_dated_days("2027-01-01:9  2026-01-01:3") == (
        DatedDays(date(2026, 1, 1), 3), DatedDays(date(2027, 1, 1), 9),
    )  # fmt: skip


async def test_a_broken_glass_shows_once_it_was_reviewed(
    app: Litestar, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Or after thirty days. Who proved who they are sees all other look-ups at once."""
    minh = await officer(client, cast)
    await minh.open("/lookups/glass?province=01")
    await minh.send("/lookups/glass", area=WARD_B, province="01", **GLASS)
    (glass,) = await rows(admin_engine, "SELECT id FROM break_glass")
    await look_up(minh, HOA, glass_id=str(glass.id))
    await look_up(minh, HOA)
    visitor = await vouched(app, client, HOA)
    assert await lines(visitor) == 1
    back = "UPDATE look_up SET at = at {} interval '31 days' WHERE glass_id IS NOT NULL"
    await change(admin_engine, back.format("-"))
    assert await lines(visitor) == 2
    await change(admin_engine, back.format("+"))
    assert await lines(visitor) == 1
    client.cookies.clear()
    quang = Visitor(client)
    await quang.sign_in(cast, "quang")
    await quang.open("/lookups/seen")
    review = {"justified": "no", "note": "Không có vụ việc nào như vậy"}
    await quang.send(f"/lookups/glass/{glass.id}/review", **review)
    assert await lines(await vouched(app, client, HOA)) == 2
