"""What people type as a name, a label or a note: what cannot be read is refused at its field."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.typed.typed_line import is_readable, read_line, tidy
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from tests.people import sign_in
from tests.web.codes.people import browser

BAD = {"nul": "a\0bc", "bell": "ab\x07c", "escape": "ab\x1b[31m", "reversed": "ab\u202ecd"}
HOUSE: dict[str, Any] = {
    "kind": "homestay", "name": "Nhà nghỉ Thử", "address_text": "9 Phố Mẫu", "lat": 21.0287,
    "lon": 105.8524, "rooms": [],
}  # fmt: skip
#: Who sends which form, and its field that takes what was typed.
FORMS = [
    ("lan", "/facilities/{house}/people/invite", "display_name", {"role": "receptionist"}),
    ("lan", "/facilities/{house}/people/invite-login", "login", {}),
    ("lan", "/facilities/{house}/software", "label", {"new": str(uuid4())}),
    ("lan", "/facilities/{house}/rooms", "rooms", {}),
    ("lan", "/facilities/new", "name", HOUSE | {"latitude": "21.0287", "longitude": "105.8524"}),
    ("lan", "/facilities/new", "address_text", HOUSE | {"latitude": "21.0287",
                                                        "longitude": "105.8524"}),
    ("minh", "/ward/landlords", "display_name", {}),
    ("minh", "/ward/shift", "note", {}),
    ("minh", "/ward/calls/{house}", "note", {"outcome": "other"}),
    ("minh", "/ward/facilities/{pending}/return", "note", {}),
    ("admin", "/officers", "display_name", {"role": "ward_officer", "province_code": "01",
                                            "ward_code": WARD_A, "login": "dung.moi"}),
    ("admin", "/officers", "login", {"role": "ward_officer", "province_code": "01",
                                     "ward_code": WARD_A, "display_name": "Dũng"}),
]  # fmt: skip
CALLS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("lan", "POST", "/facilities/{house}/invitations", "display_name", {"role": "landlord"}),
    ("lan", "POST", "/facilities/{house}/members", "login", {}),
    ("lan", "POST", "/facilities", "name", HOUSE),
    ("lan", "POST", "/facilities", "address_text", HOUSE),
    ("lan", "PUT", "/facilities/{house}", "name", {"phone": None, "address_text": "9 Phố Mẫu",
                                                   "lat": 21.0287, "lon": 105.8524}),
    ("lan", "POST", "/facilities/{house}/rooms", "name", {"beds": 2}),
    ("lan", "POST", "/facilities/{house}/closures", "reason", {"starts_on": "2026-12-01",
                                                               "ends_on": "2026-12-03"}),
    ("minh", "POST", "/facilities/{pending}/return", "note", {}),
]  # fmt: skip


async def _pending(engine: AsyncEngine, cast: Cast) -> UUID:
    """A house of the ward that waits for it."""
    async with one_transaction(engine) as session:
        await session.execute(
            text("UPDATE facility SET status = 'pending' WHERE id = :id"),
            {"id": cast.boarding_house},
        )
    return cast.boarding_house


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_pages(bad: str, app: Litestar, cast: Cast, admin_engine: AsyncEngine) -> None:
    pending = await _pending(admin_engine, cast)
    for login in ("lan", "minh", "admin"):
        async with browser(app) as page:
            await page.sign_in(cast, login)
            await page.open("/account")
            for who, path, field, others in FORMS:
                if who != login:
                    continue
                typed = f"{bad}, 2" if field == "rooms" else bad
                form = {"_csrf_token": page.token, **others, field: typed}
                if path.endswith("/software"):
                    form["password"] = cast.people[login].password
                answer = await page.client.post(
                    path.format(house=cast.hoa_sen, pending=pending), data=form
                )
                where = (path, field, answer.status_code)
                assert answer.status_code in {409, 422}, where
                assert "ký tự" in answer.text, where


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_calls(
    bad: str, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    pending = await _pending(admin_engine, cast)
    headers = {login: await sign_in(client, cast, login) for login in ("lan", "minh")}
    for login, method, path, field, others in CALLS:
        answer = await client.request(
            method,
            "/api/v1" + path.format(house=cast.hoa_sen, pending=pending),
            json={**others, field: bad},
            headers=headers[login] | {"If-Match": "*"},
        )
        assert answer.status_code == 422, (path, field, answer.text)
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"], path


async def test_a_facility_that_is_no_id_is_no_facility(app: Litestar, cast: Cast) -> None:
    async with browser(app) as page:
        await page.sign_in(cast, "minh")
        await page.open("/ward/landlords")
        await page.send("/ward/landlords", status=404, display_name="Bà Tư", facility="abc")
        assert "slip-code" not in page.html


def test_what_nobody_sees_goes_and_what_is_written_stays() -> None:
    assert tidy(" Nhà\u00a0nghỉ\u200b Hoa\ufeff ") == "Nhà nghỉ Hoa"
    assert read_line("Nhà nghỉ Hoa Sữa – 24h (mới)", 100) == "Nhà nghỉ Hoa Sữa – 24h (mới)"
    assert read_line("نزل\u200cها", 100) == "نزل\u200cها"
    assert read_line("x" * 101, 100) is None
    assert read_line("\u200b \u00ad", 100) is None
    assert is_readable("Sửa tên.\r\nThêm\tphòng.", lines=True)
    assert not is_readable("Sửa tên.\nThêm phòng.")
    assert not is_readable("ab\ud800")
