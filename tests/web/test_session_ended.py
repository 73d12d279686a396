"""A form whose session has run out: nothing was sent, nothing is lost, and the page says so."""

import re

import pytest
from httpx import AsyncClient
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.throttling.doors import STRANGER, coming_from
from tests.notify.messages.rows import rows
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ENDED = "Phiên đã hết: chưa gửi được gì"


def _sign_out_elsewhere(client: AsyncClient) -> None:
    """The session's cookie goes, as it does after its hours or a sign-out in another tab."""
    client.cookies.delete("asm")


@pytest.mark.parametrize("ended", ["cookie", "session"])
async def test_what_was_typed_at_the_desk_waits_and_is_sent_after_signing_in(
    ended: str, visitor: Visitor, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.sign_in(cast, "lan")
    await visitor.open(desk)
    form = typed(full_name="Lê Thị Phiên", room="101", nights="3") | {"key": visitor.key}
    if ended == "cookie":
        _sign_out_elsewhere(visitor.client)
    else:
        async with coming_from(app, STRANGER) as other:
            other.cookies.set("asm", visitor.client.cookies["asm"])
            elsewhere = Visitor(other)
            await elsewhere.open(desk)
            await elsewhere.send("/sign-out")
    await visitor.send(desk, status=401, **form)
    assert ENDED in visitor.html
    assert "Lê Thị Phiên" in visitor.html
    # Nothing at the head leads away from what was typed.
    assert visitor.html.count('href="/sign-in"') == visitor.html.count('target="_blank"') == 1
    assert 'action="/language"' not in visitor.html
    assert await rows(admin_engine, "SELECT id FROM stay") == []
    kept = dict(_HIDDEN.findall(visitor.html))
    assert {name: kept[name] for name in ("full_name", "room", "nights", "key")} == {
        "full_name": "Lê Thị Phiên", "room": "101", "nights": "3", "key": form["key"],
    }  # fmt: skip
    # In another tab; the token of the page that waits is still good.
    await Visitor(visitor.client).sign_in(cast, "lan")
    await visitor.send(desk, **kept)
    assert len(await rows(admin_engine, "SELECT id FROM stay")) == 1


async def test_files_and_passwords_are_kept_on_no_page(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.open("/account")
    _sign_out_elsewhere(visitor.client)
    page = visitor.html
    await visitor.send(
        "/account/password", status=401, current=cast.people["lan"].password, new="moi-hoan-toan-9"
    )
    assert ENDED in visitor.html
    assert "moi-hoan-toan-9" not in visitor.html
    assert "Gửi lại" not in visitor.html
    visitor.html = page
    sheet = {"file": ("khach.xlsx", b"PK\x03\x04", "application/octet-stream")}
    await visitor.send(f"/desk/{cast.hoa_sen}/import", status=401, step="look", files=sheet)
    assert ENDED in visitor.html
    assert "Gửi lại" not in visitor.html
