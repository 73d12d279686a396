"""What an officer's form is answered with has an address: loaded again it sends nothing again, and
opens in the one session for a quarter of an hour.
"""

from urllib.parse import unquote

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.checks.desks import rows
from tests.web.codes.people import CODE, code_on
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.web.ward.test_named import declared
from tests.web.ward.test_ward import as_
from tests.web.watchlists.test_upload import fresh_number, preview, sign_in_again


async def test_a_slip_is_loaded_again_and_makes_no_second_code(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/landlords")
    answer = await visitor.send("/ward/landlords", display_name="Bà Tư")
    code = code_on(visitor)
    assert [each.status_code for each in answer.history] == [303]
    await visitor.open(str(answer.url))
    assert code_on(visitor) == code
    assert len(await rows(admin_engine, "SELECT 1 FROM account_code")) == 1
    kept = {name: value for name, value in visitor.client.cookies.items() if "kept" in name}
    assert code not in unquote(str(kept))
    # In another session, also of the same person, it is nothing.
    await as_(visitor, cast, "minh")
    for name, value in kept.items():
        visitor.client.cookies.set(name, value)
    await visitor.open("/codes/slip", 404)
    assert CODE.search(visitor.html) is None
    assert "Mã này không còn hiện" in visitor.html


async def test_a_slip_is_shown_for_a_quarter_of_an_hour(
    visitor: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await as_(visitor, cast, "minh")
    await visitor.open("/ward/landlords")
    monkeypatch.setattr("asm.web.kept.kept_answer.KEPT_MINUTES", 0)
    await visitor.open("/ward/landlords")
    answer = await visitor.client.post(
        "/ward/landlords", data={"_csrf_token": visitor.token, "display_name": "Bà Tư"}
    )
    # A browser that keeps it longer than it was told.
    name, _, rest = answer.headers["set-cookie"].partition("=")
    visitor.client.cookies.set(name, rest.partition(";")[0])
    await visitor.open("/codes/slip", 404)
    assert CODE.search(visitor.html) is None


async def test_a_name_that_was_looked_for_is_gone_back_to(visitor: Visitor, cast: Cast) -> None:
    await declared(visitor, cast, "Nguyễn Văn Anh", "Đỗ Thị Hòa")
    await visitor.open("/ward/guests")
    answer = await visitor.send("/ward/guests", name="van anh")
    assert [each.status_code for each in answer.history] == [303]
    for _ in range(2):
        await visitor.open(str(answer.url))
        assert "1 khách tên “van anh”" in visitor.html
        assert "Đỗ Thị Hòa" not in visitor.html.partition('id="guests"')[2]
    await visitor.open("/ward/guests")
    assert "Đỗ Thị Hòa" in visitor.html


async def test_a_preview_is_loaded_again_and_holds_no_second_file(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    number = fresh_number()
    await sign_in_again(visitor, cast)
    await preview(visitor, f"document_number\n{number}\n12345\n")
    (held,) = await rows(admin_engine, "SELECT id FROM vault.watch_upload")
    await visitor.open(f"/watchlists/uploads/{held.id}")
    assert f"•••••••••{number[-3:]}" in visitor.html
    assert "1 giấy tờ nhận được, 1 dòng không nhận" in visitor.html
    assert await rows(admin_engine, "SELECT id FROM vault.watch_upload") == [held]
    # Without the browser's part there is still what was held, and the choice.
    for name in [name for name in visitor.client.cookies if "kept" in name]:
        visitor.client.cookies.delete(name)
    await visitor.open(f"/watchlists/uploads/{held.id}")
    assert number[-3:] not in visitor.html.partition("<main")[2]
    await visitor.send(f"/watchlists/uploads/{held.id}/confirm")
    answer = await visitor.open(f"/watchlists/uploads/{held.id}")
    assert answer.url.path == "/watchlists"


async def test_many_broken_lines_are_named_as_far_as_a_browser_takes_them(
    visitor: Visitor, cast: Cast
) -> None:
    await sign_in_again(visitor, cast)
    lines = "".join(f"12345{number}\n" for number in range(300))
    documents = "".join(f"{fresh_number()}\n" for _ in range(30))
    await preview(visitor, f"document_number\n{documents}{lines}")
    assert "30 giấy tờ nhận được, 300 dòng không nhận" in visitor.html
    named = visitor.html.partition('id="broken"')[2].partition("</table>")[0].count('scope="row"')
    assert 20 <= named <= 100


async def test_what_was_sent_for_a_house_is_loaded_again(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await as_(visitor, cast, "minh")
    page = f"/ward/assist/{cast.hoa_sen}"
    await visitor.open(page)
    form = typed(document_number="001190000123", full_name="Lê Thị Hoa", key=visitor.key)
    answer = await visitor.send(page, **form)
    assert [each.status_code for each in answer.history] == [303]
    assert "Hoa" not in unquote(str(answer.url))
    (stay,) = await rows(admin_engine, "SELECT * FROM stay")
    await visitor.open(str(answer.url))
    assert stay.receipt_number in visitor.html
    assert 'name="room"' in visitor.html
    await visitor.open(page)
    assert stay.receipt_number not in visitor.html


async def test_another_house_shows_nothing_of_it(visitor: Visitor, cast: Cast) -> None:
    await as_(visitor, cast, "minh")
    page = f"/ward/assist/{cast.hoa_sen}"
    await visitor.open(page)
    await visitor.send(page, **typed(document_number="001190000123", key=visitor.key))
    await visitor.open(f"/ward/assist/{cast.hospital}?sent=1")
    assert "data-assisted" not in visitor.html
