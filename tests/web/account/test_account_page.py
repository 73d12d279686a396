"""My account, on pages without scripts."""

import re

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.own.hosts import PASSWORD, open_account, token_of
from tests.notify.messages.rows import change, rows
from tests.web.visitor import Visitor

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
COLLEAGUE = (
    "INSERT INTO membership (facility_id, account_id, owner) SELECT m.facility_id, b.id, true "
    "FROM membership m, account l, account b "
    "WHERE m.account_id = l.id AND l.login = 'lan' AND b.login = 'bich'"
)


def another(client: httpx.AsyncClient, agent: str = "curl/8.5") -> Visitor:
    """A second browser at the same server."""
    opened = httpx.AsyncClient(
        transport=client._transport, base_url=client.base_url, headers={"User-Agent": agent}
    )
    return Visitor(opened)


async def sign_in(visitor: Visitor, name: str, password: str = PASSWORD, status: int = 200) -> None:
    await visitor.open("/sign-in")
    await visitor.send("/sign-in", status=status, login=name, password=password)


async def test_every_page_leads_to_it(visitor: Visitor, cast: Cast) -> None:
    for login in ("lan", "minh", "quang", "admin", "pms"):
        visitor.client.cookies.clear()
        await visitor.sign_in(cast, login)
        await visitor.open("/inbox")
        assert f'<a href="/account">{cast.people[login].name}</a>' in visitor.html
        await visitor.open("/account")
        assert "<h1>Tài khoản của tôi</h1>" in visitor.html
        # Officers keep the login they were given, and are disabled by their administrator.
        assert ('action="/account/close"' in visitor.html) is (login in {"lan", "pms"})


async def test_name_and_language(visitor: Visitor, cast: Cast, admin_engine: AsyncEngine) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/account")
    await visitor.send("/account", display_name="Hải Yến", language="en")
    assert "My account" in visitor.html
    assert '<a href="/account">Hải Yến</a>' in visitor.html
    await visitor.send("/account", status=422, display_name=" ", language="en")
    assert 'href="#display_name"' in visitor.html
    (row,) = await rows(admin_engine, "SELECT * FROM account WHERE login = 'hai'")
    assert (row.display_name, row.language) == ("Hải Yến", "en")
    actions = await rows(
        admin_engine,
        "SELECT details::text AS said FROM audit_entry WHERE action = 'account.profile_changed'",
    )
    assert len(actions) == 1
    assert "Yến" not in actions[0].said


async def test_another_phone_to_sign_in_with(visitor: Visitor, client: httpx.AsyncClient) -> None:
    opened = await open_account(client, sign_in_name="0912345678")
    await sign_in(visitor, "0912345678")
    await visitor.open("/account")
    assert opened["login"] in visitor.html
    new = {"sign_in_name": "0987 654 321"}
    await visitor.send("/account/sign-in-name", status=422, **new, name_password="not the password")
    assert 'href="#name_password"' in visitor.html
    assert 'value="0987 654 321"' in visitor.html
    await visitor.send("/account/sign-in-name", **new, name_password=PASSWORD)
    assert await token_of(client, "0912345678") is None
    assert await token_of(client, "+84987654321")
    assert await token_of(client, opened["login"])


async def test_addresses_are_added_sealed_and_taken_away(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.open("/account")
    hers = {"contact_password": cast.people["lan"].password}
    await visitor.send("/account/contacts", address="lan@example.vn", **hers)
    assert "l…@example.vn" in visitor.html
    await visitor.send("/account/contacts", address="0912 345 678", **hers)
    assert "…678" in visitor.html
    await visitor.send("/account/contacts", status=422, address="abc", **hers)
    assert 'href="#address"' in visitor.html
    for typed in ("lan.hoasen.test", "lan@", "abc"):
        await visitor.send("/account/contacts", status=422, address=typed, **hers)
        assert "ten@vidu.vn" in visitor.html
        assert "0912 345 678" not in visitor.html
    await visitor.send("/account/contacts", status=422, address="0912", **hers)
    assert "0912 345 678" in visitor.html
    await visitor.send("/account/contacts", status=422, address=" ", **hers)
    assert "ten@vidu.vn, hoặc số điện thoại như 0912 345 678" in visitor.html
    assert "chưa gửi tới đó được" in visitor.html
    # This installation sends neither, so nothing waits to be sent.
    assert await rows(admin_engine, "SELECT * FROM outbox WHERE topic = 'contact.added'") == []
    remove = re.findall(r'action="(/account/contacts/[^"]+/remove)"', visitor.html)
    for path in remove:
        await visitor.send(path)
    assert "Chưa có nơi nhận nào." in visitor.html


async def test_another_password_signs_the_other_browser_out(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast
) -> None:
    other = another(client)
    for each in (visitor, other):
        await each.sign_in(cast, "lan")
    old = cast.people["lan"].password
    await visitor.open("/account")
    for name, autocomplete in (("current", "current-password"), ("new", "new-password")):
        field = visitor.html.split(f'name="{name}"', 1)[1].split(">", 1)[0]
        assert f'autocomplete="{autocomplete}"' in field
    await visitor.send("/account/password", status=422, current="wrong", new=PASSWORD)
    assert 'href="#current"' in visitor.html
    await visitor.send("/account/password", status=422, current=old, new="ngan")
    assert 'href="#new"' in visitor.html
    await visitor.send("/account/password", current=old, new=PASSWORD)
    assert "Đã đổi mật khẩu" in visitor.html
    answer = await other.open("/desk")
    assert answer.url.path == "/sign-in"
    await visitor.open("/desk")
    await sign_in(other, "lan", old, status=422)
    await sign_in(other, "lan", PASSWORD)


async def test_sessions_and_tokens_are_seen_and_ended(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast
) -> None:
    phone = another(client, ANDROID)
    await visitor.sign_in(cast, "lan")
    await phone.sign_in(cast, "lan")
    software = await token_of(client, "lan", cast.people["lan"].password, "PMS <Hoa Sen>")
    assert software is not None
    await visitor.open("/account")
    for shown in ("Chrome, Android", "Thiết bị không rõ", "thiết bị này", "PMS <Hoa Sen>"):
        assert shown in visitor.html
    (path,) = re.findall(r'action="(/account/sessions/[^"]+-[^"]+/end)"', visitor.html)
    await visitor.send(path)
    assert (await phone.open("/desk")).url.path == "/sign-in"
    await visitor.send(path)  # pressed twice
    (path,) = re.findall(r'action="(/account/tokens/[^"]+/end)"', visitor.html)
    await visitor.send(path)
    assert (await client.get("/api/v1/me", headers=software)).status_code == 401
    for _ in range(2):
        await another(client).sign_in(cast, "lan")
    await visitor.open("/account")
    await visitor.send("/account/sessions/end")
    assert len(re.findall(r"Thiết bị không rõ", visitor.html)) == 1
    # Nobody ends another's.
    hai = another(client)
    await hai.sign_in(cast, "hai")
    await phone.sign_in(cast, "lan")
    await visitor.open("/account")
    (path,) = re.findall(r'action="(/account/sessions/[^"]+-[^"]+/end)"', visitor.html)
    await hai.open("/account")
    await hai.send(path)
    assert (await phone.open("/account")).url.path == "/account"


async def test_closing_takes_away_who_they_were(
    visitor: Visitor, client: httpx.AsyncClient, admin_engine: AsyncEngine
) -> None:
    opened = await open_account(client, sign_in_name="0912345678", email="thu@example.vn")
    software = await token_of(client, "0912345678")
    await sign_in(visitor, "0912345678")
    await visitor.open("/account")
    await visitor.send("/account/close", status=422, close_password="wrong password")
    assert 'href="#close_password"' in visitor.html
    answer = await visitor.send("/account/close", close_password=PASSWORD)
    assert answer.url.path == "/"
    assert "Tài khoản đã đóng." in visitor.html
    assert (await client.get("/api/v1/me", headers=software)).status_code == 401
    assert await token_of(client, opened["login"]) is None
    (row,) = await rows(admin_engine, "SELECT * FROM account WHERE id = :id", id=opened["id"])
    assert (row.sign_in_name, row.display_name) == (None, "–")
    assert row.closed_at is not None
    assert await rows(admin_engine, "SELECT * FROM contact") == []
    (entry,) = await rows(admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.closed'")
    assert str(entry.actor_id) == opened["id"]


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (None, 409),  # beside Lan there is only the hotel's software
        (COLLEAGUE, 200),
        ("UPDATE facility SET status = 'closed', closed_on = current_date", 200),
    ],
    ids=["alone", "with a colleague", "closed facility"],
)  # fmt: skip
async def test_no_active_facility_is_left_alone(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, before: str | None, status: int
) -> None:
    await visitor.sign_in(cast, "lan")
    if before is not None:
        await change(admin_engine, before)
    await visitor.open("/account")
    await visitor.send("/account/close", status=status, close_password=cast.people["lan"].password)
    assert ("Khách sạn Hoa Sen chỉ còn một mình bạn" in visitor.html) is (status == 409)
