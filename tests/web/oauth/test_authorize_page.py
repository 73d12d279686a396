"""The page that gives an app its code: nobody is led elsewhere, and nobody else says yes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.throttling.limits import DEVICE_CODE
from asm.demo.cast import Cast
from asm.settings import Settings
from asm.variables.native_clients import read_native_clients
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import AUTHORIZE, Browser, Phone, answer_of, code_of, form_token
from tests.live_app import application, started
from tests.notify.messages.rows import rows

NATIVE = "vn.example.hoasen:/signed-in"


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """With an app of somebody else's."""
    clients = read_native_clients(f"hoa-sen=Hoa Sen & con={NATIVE} http://127.0.0.1/cb")
    async with started(application(replace(settings, native_clients=clients))) as running:
        yield running


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    """Nobody is signed in."""
    async for opened in browser_of(app):
        yield opened


@pytest.fixture
async def hai(browser: Browser, cast: Cast) -> Browser:
    await browser.sign_in("hai", cast.people["hai"].password)
    return browser


async def begin(
    browser: Browser, phone: Phone, **changes: str | None
) -> tuple[str, httpx.Response]:
    url = f"{AUTHORIZE}?{urlencode(phone.request(**changes))}"
    return url, await browser.client.get(url)


def native(browser: Browser) -> Phone:
    return Phone(browser.client, client_id="hoa-sen", redirect_uri=NATIVE)


async def test_who_is_not_signed_in_signs_in_and_comes_back_to_the_same_request(
    browser: Browser, cast: Cast
) -> None:
    phone = Phone(browser.client)
    url, away = await begin(browser, phone)
    assert away.status_code == 303
    back = away.headers["location"]
    assert parse_qs(urlsplit(back).query)["next"] == [url]
    page = await browser.client.get(back)
    hai = cast.people["hai"]
    form = {"login": hai.login, "password": hai.password, "next": url}
    signed_in = await browser.client.post(
        "/sign-in", data={"_csrf_token": form_token(page.text), **form}
    )
    assert signed_in.headers["location"] == url.replace("%2F", "%2F")
    code = code_of(await browser.client.get(signed_in.headers["location"]), phone.redirect_uri)
    assert (await phone.exchange(code)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/app/signed-in"},
        {"redirect_uri": "//evil.example"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://127.0.0.1/app/signed-in?next=https://evil.example"},
        {"redirect_uri": NATIVE},
        {"client_id": "asm-app\x00"},
    ],
)
async def test_a_wrong_app_or_address_ends_here(
    changes: dict[str, str | None], hai: Browser
) -> None:
    for method in ("GET", "POST"):
        url, page = await begin(hai, Phone(hai.client), **changes)
        if method == "POST":
            token = form_token((await hai.client.get("/account")).text)
            page = await hai.client.post(url, data={"_csrf_token": token, "answer": "allow"})
        assert page.status_code == 422, (method, changes)
        assert "location" not in page.headers
        assert "evil" not in page.text


async def test_an_address_given_twice_ends_here(hai: Browser) -> None:
    url, _ = await begin(hai, Phone(hai.client))
    for doubled in ("redirect_uri=https://evil.example", "client_id=hoa-sen"):
        page = await hai.client.get(f"{url}&{doubled}")
        assert (page.status_code, page.headers.get("location")) == (422, None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"dpop_jkt": None}, "invalid_request"),
        ({"dpop_jkt": "é" * 43}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "declare"}, "invalid_scope"),
        ({"state": "x" * 1025}, "invalid_request"),
    ],
)
async def test_another_mistake_goes_back_to_the_app(
    changes: dict[str, str | None], error: str, hai: Browser, admin_engine: AsyncEngine
) -> None:
    phone = Phone(hai.client)
    _, answer = await begin(hai, phone, **changes)
    said = answer_of(answer, phone.redirect_uri)
    assert (answer.status_code, said["error"]) == (303, error)
    assert said["iss"] == "http://127.0.0.1"
    assert said["state"] == changes.get("state", "xyz")
    assert "code" not in said
    assert await rows(admin_engine, "SELECT 1 FROM device_code") == []


@pytest.mark.parametrize("login", ["minh", "admin"])
async def test_officers_and_administrators_stay_on_the_website(
    login: str, browser: Browser, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await browser.sign_in(login, cast.people[login].password)
    for phone in (Phone(browser.client), native(browser)):
        url, page = await begin(browser, phone)
        assert page.status_code == 403
        assert "dành cho người khai báo" in page.text
        form = {"_csrf_token": form_token((await browser.client.get("/account")).text)}
        forced = await browser.client.post(url, data={**form, "answer": "allow"})
        assert forced.status_code == 403
    assert await rows(admin_engine, "SELECT 1 FROM device_code") == []


async def test_an_app_of_others_asks_first(hai: Browser, admin_engine: AsyncEngine) -> None:
    phone = native(hai)
    url, page = await begin(hai, phone)
    assert page.status_code == 200
    for shown in ("Hoa Sen &amp; con", "Hải", "Điện thoại của Hải", "không phải của ASM"):
        assert shown in page.text
    assert "form-action 'self' vn.example.hoasen:;" in page.headers["content-security-policy"]
    assert await rows(admin_engine, "SELECT 1 FROM device_code") == []
    denied = await hai.client.post(
        url, data={"_csrf_token": form_token(page.text), "answer": "deny"}
    )
    assert answer_of(denied, NATIVE)["error"] == "access_denied"
    # A form of another site has no token of ours.
    for form in ({}, {"_csrf_token": "x"}):
        forged = await hai.client.post(url, data={**form, "answer": "allow"})
        assert forged.status_code == 403
    assert await rows(admin_engine, "SELECT 1 FROM device_code") == []
    allowed = await hai.client.post(
        url, data={"_csrf_token": form_token(page.text), "answer": "allow"}
    )
    answer = await phone.exchange(code_of(allowed, NATIVE))
    assert answer.status_code == 200, answer.text
    assert (await phone.call("GET", "/api/v1/me")).status_code == 200
    assert "Điện thoại của Hải" in (await hai.client.get("/account")).text


async def test_an_app_on_the_own_machine_chooses_its_port(hai: Browser) -> None:
    phone = native(hai)
    phone.redirect_uri = "http://127.0.0.1:51004/cb"
    url, page = await begin(hai, phone)
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' http://127.0.0.1:51004;" in policy
    form = {"_csrf_token": form_token(page.text), "answer": "allow"}
    code = code_of(await hai.client.post(url, data=form), phone.redirect_uri)
    assert (await phone.exchange(code, redirect_uri="http://127.0.0.1/cb")).status_code == 400
    assert (await phone.exchange(code)).status_code == 200


async def test_another_account_may_be_chosen(hai: Browser, cast: Cast) -> None:
    phone = Phone(hai.client)
    url, page = await begin(hai, phone, prompt="select")
    assert page.status_code == 200
    assert "không phải của ASM" not in page.text
    form = {"_csrf_token": form_token(page.text), "answer": "other"}
    away = await hai.client.post(url, data=form)
    assert parse_qs(urlsplit(away.headers["location"]).query)["next"] == [url]
    assert (await begin(hai, phone))[1].headers["location"].startswith("/sign-in")
    await hai.sign_in("lan", cast.people["lan"].password)
    await phone.sign_in(hai)
    assert (await phone.call("GET", "/api/v1/me")).json()["login"] == "lan"


async def test_codes_of_one_account_are_throttled(hai: Browser) -> None:
    assert DEVICE_CODE.subject is not None
    free = DEVICE_CODE.subject.free
    phone = Phone(hai.client)
    answers = [(await begin(hai, phone))[1].status_code for _ in range(free + 2)]
    assert answers == [303] * free + [429] * 2


async def test_the_server_says_how_to_sign_in(browser: Browser) -> None:
    answer = await browser.client.get("/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    said = answer.json()
    assert said["issuer"] == "http://127.0.0.1"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["dpop_signing_alg_values_supported"] == ["ES256"]
    assert "set-cookie" not in answer.headers
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        path = urlsplit(said[name]).path
        tried = await browser.client.post(path)
        assert tried.status_code not in {404, 405}, name


async def test_a_label_is_shown_as_text(hai: Browser) -> None:
    phone = Phone(hai.client)
    _, answer = await begin(hai, phone, device_label="<b>x</b>")
    assert (await phone.exchange(code_of(answer, phone.redirect_uri))).status_code == 200
    page = (await hai.client.get("/account")).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
