"""A person by an exact number: what is answered, to whom, and what is written down first."""

import re

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.lookups.officers import HOA, MAI, WHY, declare, look_up, officer
from tests.notify.messages.rows import change, rows
from tests.web.visitor import Visitor

_KEPT = re.compile(r'<input type="hidden" name="(kept\.[^"]+|to|next)" value="([^"]*)">')
_LOOK_UPS = "SELECT * FROM look_up ORDER BY at"


async def test_the_stays_of_the_person_in_the_own_ward(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    here = await declare(client, cast, HOA, full_name="Lê Thị Hoa", sex="female")
    there = await declare(client, cast, HOA, login="tuan", full_name="Lê Thị Hoa", sex="female")
    await declare(client, cast, MAI, full_name="Vũ Thị Mai", sex="female")
    minh = await officer(client, cast)
    answer = await look_up(minh, "001 190 200 001")
    assert "1 lượt lưu trú trong phạm vi của bạn" in minh.html
    assert "Khách sạn Hoa Sen" in minh.html
    assert "Lê Thị Hoa" in minh.html
    assert here["receipt"]["number"] in minh.html
    assert there["receipt"]["number"] not in minh.html
    assert "Vũ Thị Mai" not in minh.html
    assert HOA not in str(answer.url)
    (written,) = await rows(admin_engine, _LOOK_UPS)
    assert (written.reason, written.case_number, written.shown) == ("missing", "12/TB-2026", 1)
    trail = "SELECT action FROM audit_entry WHERE action LIKE 'person.%' ORDER BY at"
    actions = [row.action for row in await rows(admin_engine, trail)]
    assert actions == ["person.looked_up", "person.opened"]
    # Nothing of the number stands in the clear.
    assert HOA.encode() not in bytes(written.sealed)
    assert HOA not in str(dict(written._mapping))


async def test_an_answer_loaded_again_looks_nobody_up(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """It has an address of its own, for who looked and for a quarter of an hour."""
    await declare(client, cast, HOA, full_name="Lê Thị Hoa", sex="female")
    quang = await officer(client, cast, "quang")
    answer = await look_up(quang, HOA)
    (sent,) = answer.history
    (written,) = await rows(admin_engine, _LOOK_UPS)
    address = f"/lookups/{written.id}"
    assert (sent.status_code, sent.headers["location"]) == (303, address)
    # What came in after the look-up is none of its answer.
    await declare(client, cast, HOA, login="tuan", full_name="Lê Thị Hoa", sex="female")
    await quang.open(address)
    assert "1 lượt lưu trú trong phạm vi của bạn" in quang.html
    assert "Lê Thị Hoa" in quang.html
    assert await rows(admin_engine, _LOOK_UPS) == [written]
    trail = "SELECT subject_id FROM audit_entry WHERE action = 'person.opened'"
    assert [row.subject_id for row in await rows(admin_engine, trail)] == [written.id] * 2
    client.cookies.clear()
    minh = await officer(client, cast)
    await minh.open(address, 404)
    assert "Lê Thị Hoa" not in minh.html
    client.cookies.clear()
    quang = await officer(client, cast, "quang")
    await quang.open(address)
    await change(admin_engine, "UPDATE look_up SET at = at - interval '16 minutes'")
    await quang.open(address, 404)
    assert "Kết quả này không còn hiện" in quang.html
    assert "Lê Thị Hoa" not in quang.html


async def test_an_answer_is_not_read_again_without_the_password(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await declare(client, cast, HOA)
    minh = await officer(client, cast)
    await look_up(minh, HOA)
    (written,) = await rows(admin_engine, _LOOK_UPS)
    await change(
        admin_engine, "UPDATE web_session SET stepped_up_at = stepped_up_at - interval '6 minutes'"
    )
    answer = await minh.open(f"/lookups/{written.id}")
    assert answer.url.path == "/step-up"
    assert answer.url.params["next"] == f"/lookups/{written.id}"


async def test_unknown_and_elsewhere_are_answered_alike(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await declare(client, cast, HOA, login="tuan")
    minh = await officer(client, cast)
    pages = []
    for number in (HOA, MAI):
        answer = await look_up(minh, number)
        form, _, _ = minh.html.partition("Bạn đã tra cứu gần đây")
        pages.append(form.replace(minh.token, "-").replace(answer.url.path, "-"))
    assert pages[0] == pages[1]
    assert "Không có lượt lưu trú nào trong phạm vi của bạn" in pages[0]


async def test_the_province_sees_the_wards_of_the_province(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await declare(client, cast, HOA)
    await declare(client, cast, HOA, login="tuan")
    quang = await officer(client, cast, "quang")
    await look_up(quang, HOA)
    assert "2 lượt lưu trú" in quang.html
    assert "Nhà nghỉ Sao Mai" in quang.html


async def test_a_passport_needs_its_nationality(client: httpx.AsyncClient, cast: Cast) -> None:
    await declare(
        client, cast, "M12345678", document_type=4, nationality="KOR", full_name="KIM THU",
        residence_province=None, residence_country="KOR",
    )  # fmt: skip
    minh = await officer(client, cast)
    await look_up(minh, "m12345678", kind="passport", nationality="Hàn Quốc")
    assert "KIM THU" in minh.html
    await look_up(minh, "M12345678", kind="passport", nationality="Nhật Bản")
    assert "KIM THU" not in minh.html
    await look_up(minh, "M12345678", 422, kind="passport")
    assert "Hộ chiếu phải có quốc tịch" in minh.html


REFUSED = [
    ({"number": "00119020000"}, "phải đủ 12 chữ số"),
    ({"number": "0011902000011"}, "phải đủ 12 chữ số"),
    ({"number": "Lê Thị Hoa"}, "phải đủ 12 chữ số"),
    ({"number": "00119020000%"}, "phải đủ 12 chữ số"),
    ({"reason": ""}, "Chưa chọn lý do"),
    ({"reason": "curious"}, "Chưa chọn lý do"),
    ({"note": "  xem   "}, "Lý do phải nói rõ"),
    ({"note": "x" * 501}, "Lý do phải nói rõ"),
    ({"case_number": "   "}, "Thiếu số vụ việc"),
    ({"kind": "name"}, "Chưa chọn loại số"),
    ({"glass_id": "00000000-0000-0000-0000-000000000009"}, "Địa bàn đó không còn mở"),
    ({"glass_id": "khac"}, "Địa bàn đó không còn mở"),
]


async def test_without_number_reason_and_case_nothing_is_looked_up(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    minh = await officer(client, cast)
    for fields, said in REFUSED:
        await minh.send("/lookups", 422, **{**WHY, "number": HOA, **fields})
        assert said in minh.html, fields
    assert await rows(admin_engine, _LOOK_UPS) == []


async def test_the_summary_goes_as_the_form_does(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await officer(client, cast)
    await minh.send("/lookups", 422, kind="name", number="", reason="", note="", case_number="")
    summary = minh.html.partition('role="alert"')[2].partition("</ul>")[0]
    named = re.findall(r'href="#(\w+)"', summary)
    assert named == [name for name in ("kind", "number", "reason", "note", "case_number")
                     if name in named]  # fmt: skip
    assert len(named) >= 4


async def test_nobody_else_looks_up(client: httpx.AsyncClient, cast: Cast) -> None:
    for login in ("lan", "admin", "nga", "van"):
        client.cookies.clear()
        visitor = Visitor(client)
        await visitor.sign_in(cast, login)
        for page in ("/lookups", "/lookups/seen", "/lookups/glass"):
            answer = await visitor.open(page, 403)
            assert answer.status_code == 403, (login, page)


async def test_the_password_comes_first_and_what_was_typed_waits(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await declare(client, cast, HOA)
    minh = await officer(client, cast)
    await minh.open("/lookups")
    await change(
        admin_engine, "UPDATE web_session SET stepped_up_at = stepped_up_at - interval '6 minutes'"
    )
    await look_up(minh, HOA, 403)
    assert await rows(admin_engine, _LOOK_UPS) == []
    kept = dict(_KEPT.findall(minh.html))
    assert kept["kept.number"] == HOA
    await minh.send("/step-up", password=cast.people["minh"].password, **kept)
    await minh.send("/lookups", **{name.removeprefix("kept."): kept[name] for name in kept})
    assert "Khách sạn Hoa Sen" in minh.html
    answer = await client.get("/lookups?glass=open")
    assert answer.status_code == 200
