"""Hosts link their account to an identity at a real OpenID provider, and sign in with it."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.vouched.conftest import BACK
from tests.citizens.test_oidc import at_the_provider
from tests.notify.messages.rows import change, rows
from tests.web.codes.people import browser
from tests.web.visitor import Visitor

HAI, STRANGER = "hai-o-cho-dinh-danh", "nguoi-la"
NOT_LINKED = "chưa nối với tài khoản nào"


async def step_up(visitor: Visitor, cast: Cast, login: str) -> None:
    await visitor.open("/step-up")
    await visitor.send("/step-up", password=cast.people[login].password)


async def begin(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def there_and_back(visitor: Visitor, path: str, who: str = HAI) -> str:
    """Where the provider sends the browser back."""
    return await at_the_provider(await begin(visitor.client, path), who, BACK)


async def link(visitor: Visitor, cast: Cast, login: str = "hai") -> None:
    await visitor.sign_in(cast, login)
    await step_up(visitor, cast, login)
    await visitor.open(await there_and_back(visitor, "/account/identity"))
    assert "Đã nối." in visitor.html


async def actions(admin_engine: AsyncEngine) -> list[str]:
    entries = await rows(
        admin_engine,
        "SELECT action || coalesce(':' || (details->>'by'), '') AS said FROM audit_entry "
        "WHERE action LIKE 'account.identity%' OR details ? 'by' ORDER BY at, id",
    )
    return [row.said for row in entries]


@pytest.mark.usefixtures("for_hosts")
async def test_linked_once_it_signs_in_and_leads_back_until_it_is_unlinked(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await link(visitor, cast)
    (row,) = await rows(admin_engine, "SELECT identity_hash FROM account_identity")
    assert len(row.identity_hash) == 32
    await visitor.send("/sign-out")
    await visitor.open("/sign-in?next=/account")
    assert 'href="/sign-in/identity?next=/account"' in visitor.html
    path = f"/sign-in/identity?{urlencode({'next': '/account'})}"
    where = await begin(visitor.client, path)
    wish = parse_qs(urlsplit(where).query)
    # The subject is all that is asked for, and that they prove it now.
    assert (wish["scope"], wish["prompt"]) == (["openid"], ["login"])
    back = await at_the_provider(where, HAI, BACK)
    answer = await visitor.open(back)
    assert answer.url.path == "/account"
    assert "Tài khoản của tôi" in visitor.html
    assert await actions(admin_engine) == ["account.identity_linked", "account.signed_in:identity"]
    # Unlinking takes the password once more, and then it opens nothing.
    await visitor.send("/account/identity/unlink", status=403)
    await step_up(visitor, cast, "hai")
    await visitor.open("/account")
    await visitor.send("/account/identity/unlink")
    assert "Đã bỏ nối." in visitor.html
    await visitor.send("/sign-out")
    await visitor.open(await there_and_back(visitor, path), 422)
    assert NOT_LINKED in visitor.html
    assert (await actions(admin_engine))[2:] == ["account.identity_unlinked"]


@pytest.mark.usefixtures("for_hosts")
async def test_a_strangers_identity_and_a_used_or_changed_answer_open_nothing(
    visitor: Visitor, app: Litestar, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await link(visitor, cast)
    accounts = await rows(admin_engine, "SELECT count(*) FROM account")
    async with browser(app) as other:
        await other.open(await there_and_back(other, "/sign-in/identity", STRANGER), 422)
        assert NOT_LINKED in other.html
        assert await rows(admin_engine, "SELECT count(*) FROM account") == accounts
        back = await there_and_back(other, "/sign-in/identity")
        # Somebody else's browser; then a changed state; then the right one, once.
        await visitor.open(back, 422)
        await other.open(back.replace("state=", "state=x"), 422)
        back = await there_and_back(other, "/sign-in/identity")
        await other.open(back)
        assert "Đăng xuất" in other.html
        await other.send("/sign-out")
        await other.open(back, 422)
        assert "Chưa đăng nhập được" in other.html


@pytest.mark.usefixtures("for_hosts")
async def test_only_who_began_links_and_after_the_password(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "hai")
    answer = await visitor.open("/account/identity")
    assert answer.url.path == "/step-up"
    await step_up(visitor, cast, "hai")
    back = await there_and_back(visitor, "/account/identity")
    # Another account has come to the same browser meanwhile.
    await visitor.open("/account")
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "lan")
    await step_up(visitor, cast, "lan")
    await visitor.open(back, 422)
    assert await rows(admin_engine, "SELECT * FROM account_identity") == []
    # An identity is one account's.
    await link(visitor, cast, "lan")
    await visitor.open("/account")
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "hai")
    await step_up(visitor, cast, "hai")
    await visitor.open(await there_and_back(visitor, "/account/identity"), 422)
    assert "đã nối với một tài khoản khác" in visitor.html
    # An hour at the provider is too long.
    back = await there_and_back(visitor, "/account/identity", STRANGER)
    await change(
        admin_engine, "UPDATE web_session SET stepped_up_at = stepped_up_at - interval '1 hour'"
    )
    await visitor.open(back, 422)
    (row,) = await rows(
        admin_engine, "SELECT login FROM account JOIN account_identity ON account_id = account.id"
    )
    assert row.login == "lan"


@pytest.mark.usefixtures("for_hosts")
async def test_officers_and_the_disabled_have_no_such_way(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/account")
    assert "/account/identity" not in visitor.html
    await step_up(visitor, cast, "minh")
    await visitor.open("/account/identity", 403)
    await visitor.open("/account")
    await visitor.send("/sign-out")
    await link(visitor, cast)
    await visitor.send("/sign-out")
    await change(
        admin_engine,
        "UPDATE account SET disabled_at = now(), disabled_by = 'administrator' WHERE login = 'hai'",
    )
    await visitor.open(await there_and_back(visitor, "/sign-in/identity"), 422)
    assert NOT_LINKED in visitor.html


async def test_where_the_provider_is_for_citizens_alone_or_away(
    visitor: Visitor, cast: Cast, with_provider: Any
) -> None:
    with_provider("http://127.0.0.1:9/none")
    await visitor.open("/sign-in")
    assert "/sign-in/identity" not in visitor.html
    await visitor.open("/sign-in/identity", 404)
    await visitor.open("/sign-in/identity/back?code=1&state=2", 404)
    with_provider("http://127.0.0.1:9/none", for_hosts=True)
    await visitor.open("/sign-in/identity", 422)
    assert "Dịch vụ định danh chưa trả lời" in visitor.html
