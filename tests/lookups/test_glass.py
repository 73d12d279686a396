"""Breaking the glass to another area, and who reviews it."""

import re

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.lookups.officers import HOA, MAI, declare, look_up, officer, step_up
from tests.notify.messages.rows import change, rows
from tests.web.visitor import Visitor

_OPTION = re.compile(r'<option value="([0-9a-f-]{36})"')
_REVIEW = re.compile(r'action="(/lookups/glass/[0-9a-f-]{36}/review)"')
WHY = {"note": "Người nhà thấy ở nhà nghỉ bên Ba Đình", "case_number": "13/TB-2026"}


async def break_glass(visitor: Visitor, area: str = WARD_B, status: int = 200) -> None:
    await visitor.open("/lookups/glass?province=01")
    await visitor.send("/lookups/glass", status, area=area, province="01", **WHY)


async def test_fifteen_minutes_in_another_ward(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    there = await declare(client, cast, HOA, login="tuan")
    minh = await officer(client, cast)
    await look_up(minh, HOA)
    assert there["receipt"]["number"] not in minh.html
    await break_glass(minh)
    (glass,) = _OPTION.findall(minh.html)
    await look_up(minh, HOA, glass_id=glass)
    assert there["receipt"]["number"] in minh.html
    assert "ngoài địa bàn" in minh.html
    # Without it as before; and after its time not at all.
    await look_up(minh, HOA)
    assert there["receipt"]["number"] not in minh.html
    await change(admin_engine, "UPDATE break_glass SET ends_at = clock_timestamp()")
    await look_up(minh, HOA, 422, glass_id=glass)
    assert "Địa bàn đó không còn mở" in minh.html
    topic = "SELECT payload FROM outbox WHERE topic = 'look_up.glass'"
    assert [row.payload["glass_id"] for row in await rows(admin_engine, topic)] == [glass]


async def test_a_glass_is_its_officers_alone(client: httpx.AsyncClient, cast: Cast) -> None:
    await declare(client, cast, HOA)
    minh = await officer(client, cast)
    await break_glass(minh)
    (glass,) = _OPTION.findall(minh.html)
    client.cookies.clear()
    thao = await officer(client, cast, "thao")
    await look_up(thao, HOA, 422, glass_id=glass)
    assert "Khách sạn Hoa Sen" not in thao.html


async def test_only_another_ward_opens(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await officer(client, cast)
    for area in (WARD_A, "", "99999", "01"):
        await break_glass(minh, area, 422)
        assert "Chưa chọn được địa bàn để mở" in minh.html


async def test_without_a_reason_and_a_case_nothing_opens(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """Whoever reviews it later reads why; so it is asked first, and what was typed is kept."""
    minh = await officer(client, cast)
    for lacking, said, kept in (
        ({"note": "ừ"}, "Lý do phải nói rõ", WHY["case_number"]),
        ({"note": "  \u200b  "}, "Lý do phải nói rõ", WHY["case_number"]),
        ({"case_number": " "}, "Thiếu số vụ việc", WHY["note"]),
    ):
        await minh.open("/lookups/glass?province=01")
        await minh.send("/lookups/glass", 422, area=WARD_B, province="01", **(WHY | lacking))
        assert said in minh.html
        assert kept in minh.html
    assert await rows(admin_engine, "SELECT 1 FROM break_glass") == []
    await minh.open("/lookups")
    assert _OPTION.findall(minh.html) == []


async def test_five_times_a_day(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await officer(client, cast)
    for _ in range(5):
        await break_glass(minh)
    await break_glass(minh, status=429)
    assert "nhờ cán bộ cấp tỉnh" in minh.html


async def test_the_supervisor_reviews_it_once(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = await officer(client, cast)
    await break_glass(minh)
    client.cookies.clear()
    quang = Visitor(client)
    await quang.sign_in(cast, "quang")
    await quang.open("/lookups/seen")
    assert "1 lần mở địa bàn khác đang chờ xem lại" in quang.html
    assert WHY["note"] in quang.html
    (review,) = _REVIEW.findall(quang.html)
    await quang.send(review, 422, note="Đã gọi hỏi, đúng là có người báo")
    assert "Chưa chọn việc này có căn cứ" in quang.html
    assert "Đã gọi hỏi, đúng là có người báo" in quang.html
    await quang.send(review, 422, note="ừ", justified="no")
    await quang.send(review, note="Đã gọi hỏi, không ai báo việc này", justified="no")
    assert "không có căn cứ" in quang.html
    assert "đang chờ xem lại" not in quang.html
    await quang.send(review, 404, note="Nghĩ lại thì có căn cứ", justified="yes")
    (glass,) = await rows(admin_engine, "SELECT justified, reviewed_by FROM break_glass")
    assert glass.justified is False
    trail = "SELECT details FROM audit_entry WHERE action = 'glass.reviewed'"
    assert [row.details for row in await rows(admin_engine, trail)] == [{"justified": False}]


async def test_nobody_reviews_their_own_or_another_provinces(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    quang = await officer(client, cast, "quang")
    await quang.open("/lookups/glass")
    await quang.send("/lookups/glass", area="79", **WHY)
    (glass,) = _OPTION.findall(quang.html)
    await quang.open("/lookups/seen")
    assert "cán bộ cấp tỉnh khác xem lại" in quang.html
    own = f"/lookups/glass/{glass}/review"
    await quang.send(own, 404, note="Việc của tôi là đúng", justified="yes")
    # Of a third province: as if there were none.
    await change(
        admin_engine,
        "UPDATE break_glass SET account_id = (SELECT id FROM account WHERE login = 'thao'), "
        "province_code = '79'",
    )
    await quang.send(own, 404, note="Việc này không phải của tỉnh", justified="yes")
    await quang.open("/lookups/seen")
    assert glass not in quang.html


async def test_who_looked_at_whom(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = await officer(client, cast)
    for number in (HOA, HOA, MAI):
        await look_up(minh, number, reason="residence" if number == MAI else "missing")
    client.cookies.clear()
    quang = Visitor(client)
    await quang.sign_in(cast, "quang")
    await quang.open("/lookups/seen")
    assert quang.html.count("data-look-up") == 3
    assert HOA not in quang.html
    codes = [row.person_code for row in await rows(admin_engine, "SELECT person_code FROM look_up")]
    assert len(set(codes)) == 2
    ids = {row.login: row.id for row in await rows(admin_engine, "SELECT login, id FROM account")}
    minh_id, thao_id = ids["minh"], ids["thao"]
    # No address holds a login: one chooses who looked, and thao has not.
    assert f'value="{minh_id}"' in quang.html
    assert f'value="{thao_id}"' not in quang.html
    for query, lines in (
        (f"officer={minh_id}", 3), (f"officer={thao_id}", 0), ("officer=minh", 0),
        ("reason=residence", 1),
        (f"person={codes[0]}", 2), ("glass=1", 0), ("first=2020-01-01", 3), ("last=2020-01-01", 0),
        ("first=31-02-x", 3), ("page=9", 0), ("page=-1", 3),
    ):  # fmt: skip
        await quang.open(f"/lookups/seen?{query}")
        assert quang.html.count("data-look-up") == lines, query
    # The number itself: after the password, and written down.
    await quang.open("/lookups/seen?reason=residence")
    (number,) = re.findall(r'href="(/lookups/seen/[0-9a-f-]{36}/number)"', quang.html)
    trail = "SELECT subject_id FROM audit_entry WHERE action = 'person.number_opened'"
    assert (await quang.open(number)).url.path == "/step-up"
    assert MAI not in quang.html
    await step_up(quang, cast, "quang")
    for times in (1, 2):  # loaded again it is written down again, and asks to send nothing
        await quang.open(number)
        assert MAI in quang.html
        assert len(await rows(admin_engine, trail)) == times
    # Another province's supervisor sees none of it.
    await change(admin_engine, "UPDATE account SET province_code = '79' WHERE login = 'quang'")
    await quang.open("/lookups/seen")
    assert quang.html.count("data-look-up") == 0
    await quang.open(number, 404)
