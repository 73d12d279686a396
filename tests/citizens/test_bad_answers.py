"""What an identity provider, or somebody between, answers that opens and breaks nothing."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from litestar import Litestar

from asm.demo.cast import Cast
from tests.accounts.throttling.doors import coming_from
from tests.citizens.invented_provider import (
    CODE,
    KEY,
    OTHER_KEY,
    InventedProvider,
    invented_provider,
)
from tests.citizens.test_by_receipt import by_receipt
from tests.citizens.test_oidc import begin
from tests.lookups.officers import HOA, MAI, declare
from tests.web.visitor import Visitor

HEADER = b'{"alg":"HS256","kid":"one"}'
OLD = time.time() - 86_400


@pytest.fixture
def provider(with_provider: Any) -> Iterator[InventedProvider]:
    with invented_provider() as provider:
        provider.number = HOA
        with_provider(provider.issuer)
        yield provider


async def there_and_back(
    client: httpx.AsyncClient, provider: InventedProvider, **changes: str
) -> httpx.Response:
    """Begin, and come back with what the provider would send, but for `changes`."""
    wish = parse_qs(urlsplit(await begin(client)).query)
    provider.nonce = wish["nonce"][0]
    answer = {"state": wish["state"][0], "code": CODE} | changes
    return await client.get(f"/mine/oidc/back?{urlencode(answer)}")


def by_public_key(claims: dict[str, Any]) -> str:
    """Signed with what everybody knows, as if it were a secret."""
    body = by_another(claims).split(".")[1]
    signed = f"{_encoded(HEADER)}.{body}"
    return f"{signed}.{_encoded(hmac.digest(KEY.as_pem(private=False), signed.encode(), 'sha256'))}"


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


def unsigned(claims: dict[str, Any]) -> str:
    signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    return "eyJhbGciOiJub25lIn0." + signed.split(".")[1] + "."


def by_another(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY)


BAD_CLAIMS: list[dict[str, Any]] = [
    {"nonce": None}, {"nonce": "of another start"}, {"nonce": ["x"]},
    {"iss": "https://other.example.vn"}, {"iss": None},
    {"aud": "another"}, {"aud": ["asm-test", "another"]}, {"aud": 1}, {"aud": None},
    {"azp": "another"}, {"exp": int(OLD)}, {"exp": None}, {"exp": "soon"}, {"iat": "x"},
    {"nbf": int(time.time()) + 86_400}, {"at_hash": "of another token"}, {"at_hash": 1},
    {"sub": None}, {"sub": "another"}, {"sub": ["s"]},
    {"auth_time": None}, {"auth_time": OLD}, {"auth_time": "now"}, {"auth_time": True},
]  # fmt: skip
BAD_USERINFO: list[dict[str, Any]] = [
    {"sub": "another"}, {"sub": None}, {"sub": ["s"]}, {"personal_number": None},
    {"personal_number": int(HOA)}, {"personal_number": [HOA]}, {"personal_number": ""},
    {"personal_number": "0" * 5000}, {"personal_number": HOA + "\u0000"},
    {"personal_number": "\ud800"},
]  # fmt: skip
BAD_TOKENS: list[dict[str, Any]] = [
    {"scope": "openid"}, {"scope": ""}, {"token_type": "mac"}, {"id_token": ""},
    {"id_token": "a.b.c"}, {"id_token": "é.é.é"}, {"id_token": 1}, {"access_token": None},
    {"access_token": "a\r\nX: y"}, {"access_token": "ơ"},
]  # fmt: skip
BAD_KEYS: list[Any] = [
    {"keys": []}, {"keys": [{}]}, {"keys": [{"kty": "RSA"}]}, {"keys": [1]}, {}, [],
    {"keys": [{"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"}]},
    {"keys": [{"kty": "RSA", "kid": "one", "n": 7, "e": "AQAB"}]},
    {"keys": [{"kty": "?", "kid": "one"}]}, {"keys": {"one": 1}}, {"keys": None},
]  # fmt: skip


async def test_what_does_not_fit_opens_nothing_and_breaks_nothing(  # noqa: C901 -- one list
    client: httpx.AsyncClient, app: Litestar, cast: Cast, provider: InventedProvider
) -> None:
    await declare(client, cast, HOA)
    networks = (f"198.51.100.{number}" for number in range(255))

    async def refused(what: Any, **changes: str) -> None:
        async with coming_from(app, next(networks)) as browser:
            answer = await there_and_back(browser, provider, **changes)
            assert answer.status_code in {422, 503}, (what, answer.status_code)
            assert "asm-citizen" not in browser.cookies, what
            assert (await browser.get("/mine")).status_code == 303
        provider.reset()

    for name, wrong in (
        ("claims", BAD_CLAIMS), ("userinfo", BAD_USERINFO), ("tokens", BAD_TOKENS),
    ):  # fmt: skip
        for changes in wrong:
            setattr(provider, name, changes)
            await refused(changes)
    for sign in (by_public_key, unsigned, by_another):
        provider.sign = sign
        await refused(sign)
    for path in ("/token", "/userinfo"):
        for status in (302, 400, 401, 429, 500):
            provider.status = {path: status}
            await refused((path, status))
        for body in (b"<html>", b"[]", b"\xff", b"{" * 100_000, b"x" * 300_000):
            provider.body = {path: body}
            await refused((path, body[:10]))
    for address in ("http://[", "//", "nothing://x", "http://x:y", "http://ơ.example.vn:99999"):
        app.state.pop("identity_provider", None)
        provider.metadata = {"token_endpoint": address}
        await refused(address)
    app.state.pop("identity_provider", None)
    for changes in ({"state": "x"}, {"code": ""}, {"iss": "https://x"}, {"error": "access_denied"}):
        await refused(changes, **changes)
    assert (await there_and_back(client, provider)).status_code == 303
    assert "data-stay" in (await client.get("/mine")).text


@pytest.mark.parametrize("jwks", BAD_KEYS, ids=str)
async def test_keys_that_are_none_open_nothing(
    jwks: Any, client: httpx.AsyncClient, provider: InventedProvider
) -> None:
    provider.jwks = jwks
    answer = await there_and_back(client, provider)
    assert answer.status_code in {422, 503}
    assert "asm-citizen" not in client.cookies


async def test_a_code_of_one_s_own_is_no_use_in_somebody_else_s_browser(
    client: httpx.AsyncClient, provider: InventedProvider
) -> None:
    """The verifier that goes with the code is that of the browser that came back."""
    await there_and_back(client, provider)
    first = provider.requests[-3][1]["code_verifier"]
    wish = parse_qs(urlsplit(await begin(client)).query)
    provider.nonce = wish["nonce"][0]
    await client.get(f"/mine/oidc/back?{urlencode({'state': wish['state'][0], 'code': CODE})}")
    sent = [form["code_verifier"] for path, form in provider.requests if path == "/token"]
    assert sent[0] == first != sent[1]
    assert create_s256_code_challenge(sent[1]) == wish["code_challenge"][0]
    # Without the cookie of a start, or with half of it, the provider is not even asked.
    for cookie in ("", "x", "a" * 131, client.cookies.get("asm-oidc", "")[:90]):
        client.cookies.set("asm-oidc", cookie)
        count = len(provider.requests)
        back = await client.get(f"/mine/oidc/back?state={wish['state'][0]}&code={CODE}")
        assert (back.status_code, len(provider.requests)) == (422, count)


async def test_the_provider_is_to_ask_anew_who_is_there(
    client: httpx.AsyncClient, provider: InventedProvider
) -> None:
    """At a screen that many use, somebody else may still be signed in there."""
    wish = parse_qs(urlsplit(await begin(client)).query)
    assert (wish["prompt"], wish["max_age"]) == (["login"], ["600"])


async def test_who_signs_in_ends_what_was_open_in_the_browser(
    client: httpx.AsyncClient, cast: Cast, provider: InventedProvider
) -> None:
    """The former sign-in is over on the server, whoever kept its cookie; its name never goes on."""
    stay = await declare(client, cast, MAI)
    visitor = Visitor(client)
    former = []
    for number in range(4):
        if number % 2:
            assert (await there_and_back(client, provider)).status_code == 303
        else:
            await by_receipt(visitor, MAI, stay["receipt"]["number"])
        former.append(client.cookies["asm-citizen"])
    assert len(set(former)) == 4
    for token, status in zip(former, (303, 303, 303, 200), strict=True):
        client.cookies.set("asm-citizen", token)
        answer = await client.get("/mine")
        assert answer.status_code == status
        client.cookies.delete("asm-citizen")


async def test_an_officer_s_sign_in_and_a_citizen_s_do_not_touch_each_other(
    client: httpx.AsyncClient, cast: Cast, provider: InventedProvider
) -> None:
    await declare(client, cast, HOA)
    visitor = Visitor(client)
    await visitor.sign_in(cast, "minh")
    assert (await client.get("/mine")).status_code == 303
    await there_and_back(client, provider)
    assert "data-stay" in (await client.get("/mine")).text
    await visitor.open("/ward")
    await visitor.send("/sign-out")
    assert (await client.get("/ward")).status_code == 303
    await visitor.open("/mine")
    await visitor.send("/mine/sign-out")
    assert (await client.get("/mine")).status_code == 303


async def test_nobody_makes_us_ask_the_provider_without_end(
    client: httpx.AsyncClient, provider: InventedProvider
) -> None:
    """What the browser kept is good again for who keeps it: each try is counted, right ones not."""
    provider.claims = {"nonce": "of another start"}
    statuses = [(await there_and_back(client, provider)).status_code for _ in range(62)]
    assert statuses[:60] == [422] * 60
    assert statuses[-1] == 429
    count = len(provider.requests)
    assert (await there_and_back(client, provider)).status_code == 429
    assert len(provider.requests) == count
