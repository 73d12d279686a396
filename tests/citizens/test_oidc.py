"""Signing in through a real OpenID provider (oidc-provider of npm), and all that is refused."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from asm.demo.cast import Cast
from tests.citizens.conftest import Start
from tests.lookups.officers import HOA, MAI, declare
from tests.web.visitor import Visitor

BACK = "http://127.0.0.1/mine/oidc/back"
PEOPLE = {"hoa": {"personal_number": HOA, "name": "Lê Thị Hoa"}, "khach": {"name": "Không số"}}
_ACTION = re.compile(r'action="([^"]+)"')


async def at_the_provider(where: str, who: str, sent_back: str = BACK) -> str:
    """Sign in and consent as `who` in a browser of one's own; where the provider sends it back."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(where)
        for _ in range(12):
            while answer.is_redirect:
                to = answer.headers["location"]
                if to.startswith(sent_back):
                    return to
                answer = await browser.get(httpx.URL(answer.url).join(to))
            assert answer.status_code == 200, answer.text
            action = _ACTION.search(answer.text)
            assert action is not None, answer.text
            login = 'name="login"' in answer.text
            form = {"prompt": "login", "login": who, "password": "x"}
            answer = await browser.post(
                httpx.URL(answer.url).join(action[1]), data=form if login else {"prompt": "consent"}
            )
    raise AssertionError("the provider never sent the browser back")


async def begin(client: httpx.AsyncClient) -> str:
    answer = await client.get("/mine/oidc")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_all_stays_of_who_the_provider_vouches_for(
    client: httpx.AsyncClient, cast: Cast, provider: Start, with_provider: Any
) -> None:
    with_provider(provider(BACK, PEOPLE))
    await declare(client, cast, HOA, full_name="Lê Thị Hoa")
    await declare(client, cast, HOA, login="tuan", full_name="Lê Thị Hoa")
    await declare(client, cast, MAI)
    visitor = Visitor(client)
    await visitor.open("/mine/sign-in")
    assert 'href="/mine/oidc"' in visitor.html
    where = await begin(client)
    wish = parse_qs(urlsplit(where).query)
    assert wish["code_challenge_method"] == ["S256"]
    assert len(wish["state"][0]) == len(wish["nonce"][0]) == 43
    assert "offline_access" not in wish["scope"][0]
    back = await at_the_provider(where, "hoa")
    await visitor.open(back)
    assert visitor.html.count("data-stay") == 2
    assert "Nhà nghỉ Sao Mai" in visitor.html
    # The code is good once, and so is what the browser kept.
    client.cookies.delete("asm-citizen")
    await visitor.open(back, 422)
    assert "Chưa đăng nhập được" in visitor.html
    # Somebody else's answer, in a browser that began its own sign-in.
    where = await begin(client)
    await visitor.open(back, 422)
    # A changed state, a changed issuer, a code of another start.
    for change in (("state=", "state=x"), ("iss=http", "iss=https"), ("code=", "code=x")):
        back = await at_the_provider(await begin(client), "hoa")
        await visitor.open(back.replace(*change), 422)
        assert "data-stay" not in visitor.html
    client.cookies.delete("asm-oidc")
    await visitor.open("/mine/oidc/back?error=access_denied&state=x", 422)
    # Who refuses at the provider, or has no number there, is told so.
    back = await at_the_provider(await begin(client), "khach")
    await visitor.open(back, 422)
    assert "không cho biết số định danh" in visitor.html


async def test_a_scope_that_was_dropped_opens_nothing(
    client: httpx.AsyncClient, cast: Cast, provider: Start, with_provider: Any
) -> None:
    """`offline_access` without `prompt=consent` is dropped in silence: what came back says so."""
    with_provider(provider(BACK, PEOPLE), scope="openid identity offline_access")
    visitor = Visitor(client)
    back = await at_the_provider(await begin(client), "hoa")
    await visitor.open(back, 422)
    assert "không cấp đủ quyền" in visitor.html
    # A provider that answers for another issuer, a wrong secret, one that is away.
    with_provider("http://127.0.0.1:9/none")
    await visitor.open("/mine/oidc", 503)
    assert "Dịch vụ định danh chưa trả lời" in visitor.html


async def test_without_a_provider_there_is_no_such_page(client: httpx.AsyncClient) -> None:
    visitor = Visitor(client)
    await visitor.open("/mine/sign-in")
    assert "/mine/oidc" not in visitor.html
    await visitor.open("/mine/oidc", 404)
    await visitor.open("/mine/oidc/back?code=1&state=2", 404)
