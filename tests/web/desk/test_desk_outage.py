"""The desk while the database is away: nothing is stored, and that is said and signed."""

import re
from html import unescape

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor_cache import ActorCache
from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.receipts.attempts import attempt_token_in, verify_attempt
from benchmarks.synthetic_passports import invented_mrz
from tests.conftest import Database
from tests.outage import database_away
from tests.people import card_text
from tests.services import TestServices
from tests.web.desk.desk_form import count, shown_fields, typed
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row

#: A file input that nobody touched.
NO_FILE = {"file": ("", b"")}


async def test_who_was_known_gets_a_signed_proof_and_sends_again(
    lan: Visitor,
    cast: Cast,
    services: TestServices,
    database: Database,
    admin_session: AsyncSession,
    keys: KeyFiles,
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.open(desk)
    form = shown_fields(lan) | typed() | {"_csrf_token": lan.token}
    before = await count(admin_session)
    await admin_session.close()
    async with database_away(services, database):
        away = await lan.client.post(desk, data=form)
    assert away.status_code == 503, away.text
    assert int(away.headers["retry-after"]) > 0
    page = unescape(away.text)
    assert "Chưa có gì được lưu" in page
    assert "Đây chưa phải là khai báo đã được tiếp nhận" in page
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert {name: kept[name] for name in form} == form, "all that was typed, with its key"
    assert away.headers["cache-control"] == "no-store"
    token = attempt_token_in(page)
    assert token is not None
    attempt = verify_attempt(token, keys.public_keys)
    assert (attempt.facility_id, attempt.stored) == (cast.hoa_sen, False)
    for turn in range(2):  # the same form, with its key
        back = await lan.client.post(desk, data=form)
        assert back.status_code == 200, back.text
        assert "Đã tiếp nhận" in back.text, turn
    assert await count(admin_session) == before + 1


async def test_who_has_signed_out_gets_none(
    lan: Visitor, cast: Cast, services: TestServices, database: Database
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await lan.open(desk)
    form = typed() | {"_csrf_token": lan.token}
    cookies = dict(lan.client.cookies)
    await lan.send("/sign-out")
    lan.client.cookies.update(cookies)
    assert (await lan.client.get(desk)).status_code == 303
    async with database_away(services, database):
        away = await lan.client.post(desk, data=form)
    assert away.status_code == 503
    assert attempt_token_in(away.text) is None


@pytest.mark.parametrize("desk_of", ["hoa_sen", "guest_house_b"])
async def test_who_is_not_known_to_work_there_gets_none(
    desk_of: str,
    lan: Visitor,
    cast: Cast,
    app: Litestar,
    services: TestServices,
    database: Database,
) -> None:
    """Nobody knows the session here, or knows it as somebody of another house."""
    form = typed() | {"_csrf_token": lan.token}
    if desk_of == "hoa_sen":
        app.state.known_desks._seen = ActorCache()
        app.state.known_desks._read.clear()
    async with database_away(services, database):
        away = await lan.client.post(f"/desk/{getattr(cast, desk_of)}", data=form)
        read = await lan.client.get(f"/desk/{getattr(cast, desk_of)}")
    assert away.status_code == read.status_code == 503
    assert int(read.headers["retry-after"]) > 0
    for answer in (away, read):
        assert "Hãy thử lại sau ít phút" in unescape(answer.text)
        assert attempt_token_in(answer.text) is None
        assert "Chưa có gì được lưu" not in unescape(answer.text)


async def test_a_spreadsheet_is_sent_again_with_the_file_that_the_page_carried(
    lan: Visitor,
    cast: Cast,
    services: TestServices,
    database: Database,
    admin_session: AsyncSession,
    keys: KeyFiles,
) -> None:
    address = f"/desk/{cast.hoa_sen}/import"
    await lan.open(address)
    before = await count(admin_session)
    await admin_session.close()
    chosen = {"file": ("khach.xlsx", build_workbook([sheet_row(), sheet_row()]))}
    async with database_away(services, database):
        await lan.send(address, status=503, files=chosen)
        assert "Chưa gửi gì" in lan.html
        assert attempt_token_in(lan.html) is None, "a preview sends nothing"
        unseen = again(lan)
        assert "step" not in unseen
        await lan.send(address, status=503, **unseen, step="send", files=NO_FILE)
    token = attempt_token_in(lan.html)
    assert token is not None
    assert verify_attempt(token, keys.public_keys).facility_id == cast.hoa_sen
    kept = again(lan)
    assert (kept["key"], kept["step"]) == (unseen["key"], "send")
    assert 'type="file"' not in lan.html
    for _ in range(2):
        await lan.send(address, **kept, files=NO_FILE)
        assert "Đã tiếp nhận" in lan.html
    assert await count(admin_session) == before + 2


async def test_the_scan_box_answers_by_the_desks_own_parts(
    lan: Visitor, cast: Cast, services: TestServices, database: Database
) -> None:
    """What a script takes out of an answer is called the same, whoever answers."""
    desk = f"/desk/{cast.hoa_sen}"
    await lan.open(desk)
    parts = set(re.findall(r"#([a-z_-]+)", " ".join(re.findall('hx-select-oob="(.*?)"', lan.html))))
    assert {"desk-problems", "scan-doubt", "guest"} <= parts
    for part in parts:
        assert lan.html.count(f'id="{part}"') == 1, part
    name = "Trần Thị Vaăn"
    scanned = card_text(name=name)
    async with database_away(services, database):
        await lan.open(desk, status=503)
        for part in parts:
            assert lan.html.count(f'id="{part}"') == 1, part
        await lan.send(f"{desk}/scan", status=422, card_text=scanned, room="101")
        assert f"cứ dùng: {name}" in lan.html
        await lan.send(f"{desk}/scan", card_text=scanned, room="101", card_name_confirmed="1")
        assert shown_fields(lan)["full_name"] == name
        assert "cứ dùng" not in lan.html
        await lan.send(f"{desk}/scan", card_text=invented_mrz(3)[0], room="101")
        assert shown_fields(lan)["zone_begun"] == invented_mrz(3)[0]


def again(lan: Visitor) -> dict[str, str]:
    """The hidden fields of the page that holds what was not sent."""
    form = lan.html.partition("data-again")[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields.pop("_csrf_token")
    return fields
