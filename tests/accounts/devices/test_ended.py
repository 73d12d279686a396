"""A phone that is signed out opens nothing from the next request on, and hears why."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.login import token_hash
from asm.accounts.operator import disable_account
from asm.accounts.token_cache import FRESH_S
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from asm.settings import Settings
from tests.accounts.devices.phone import Browser, Phone, form_token
from tests.accounts.devices.test_refused_codes import refused
from tests.live_app import application, started
from tests.notify.messages.rows import rows
from tests.people import fresh_key, party, sign_in

ME = "/api/v1/me"
NEW = "ba con vit bau duoi ao"


async def stays_url(phone: Phone) -> str:
    (facility,) = (await phone.call("GET", ME)).json()["facility_ids"]
    return f"/api/v1/facilities/{facility}/stays"


async def require_ended(phone: Phone) -> None:
    ended = await phone.call("GET", ME)
    assert (ended.status_code, ended.json()["code"]) == (401, "device_ended"), ended.text
    assert ended.headers["www-authenticate"].startswith('DPoP error="invalid_token"')
    assert refused(await phone.renew())["code"] == "device_ended"


async def test_phones_are_listed_and_signed_out_from_elsewhere(
    phone: Phone, browser: Browser, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    other = Phone(client)
    await other.sign_in(browser)
    listed = (await phone.call("GET", "/api/v1/me/devices")).json()
    assert [(each["id"], each["current"]) for each in listed] == [
        (other.device_id, False),
        (phone.device_id, True),
    ]
    assert listed[0]["label"] == "Điện thoại của Hải"
    assert listed[0]["client_id"] == "asm-app"
    assert await other.renew()
    assert "jkt" not in str(listed)
    lan = await sign_in(client, cast, "lan")
    assert (await client.get("/api/v1/me/devices", headers=lan)).json() == []
    url = f"/api/v1/me/devices/{other.device_id}"
    assert (await client.delete(url, headers=lan)).status_code == 404
    assert (await phone.call("DELETE", url)).status_code == 204
    await require_ended(other)
    assert (await phone.call("DELETE", url)).status_code == 404
    assert (await phone.call("GET", ME)).status_code == 200
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.device_ended'"
    )
    assert (str(entry.subject_id), entry.details) == (other.device_id, {"reason": "owner"})


async def test_it_is_no_token_of_software(phone: Phone, client: httpx.AsyncClient) -> None:
    assert (await phone.call("GET", "/api/v1/me/tokens")).json() == []


@pytest.mark.parametrize("ended_in", ["this process", "another"])
async def test_a_declaration_is_refused_at_once_whatever_is_remembered(
    ended_in: str,
    app: Litestar,
    settings: Settings,
    phone: Phone,
    browser: Browser,
    admin_engine: AsyncEngine,
) -> None:
    url = await stays_url(phone)
    sent = await phone.call("POST", url, headers=fresh_key(), json=party())
    assert sent.status_code == 201
    known, hashed = app.state.grants._known, token_hash(phone.access)
    page = await browser.client.get("/account")
    assert "Điện thoại của Hải" in page.text
    form = {"_csrf_token": form_token(page.text)}
    end = f"/account/devices/{phone.device_id}/end"
    if ended_in == "another":
        async with started(application(settings, number=1)) as second:
            transport = httpx.ASGITransport(app=second, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", cookies=browser.client.cookies
            ) as elsewhere:
                assert (await elsewhere.post(end, data=form)).status_code == 303
        facility = (await rows(admin_engine, "SELECT facility_id FROM stay"))[0].facility_id
        assert known.find_fresh(hashed, facility, FRESH_S) is not None, "it is remembered here"
    else:
        assert (await browser.client.post(end, data=form)).status_code == 303
        assert known.whose(hashed) is None
    for path, body in ((url, party()), (f"{url}?dry_run=true", party())):
        late = await phone.call("POST", path, headers=fresh_key(), json=body)
        assert (late.status_code, late.json()["code"]) == (401, "device_ended"), path
    assert "Điện thoại của Hải" not in (await browser.client.get("/account")).text
    assert len(await rows(admin_engine, "SELECT 1 FROM stay")) == 1
    await require_ended(phone)


async def test_a_new_password_signs_phones_out_but_the_one_that_asked(
    phone: Phone, browser: Browser, client: httpx.AsyncClient, cast: Cast
) -> None:
    other = Phone(client)
    await other.sign_in(browser)
    body = {"current": cast.people["hai"].password, "new": NEW, "end_tokens": True}
    answer = await phone.call("POST", "/api/v1/me/password", json=body)
    assert answer.status_code == 204, answer.text
    await require_ended(other)
    assert (await phone.call("GET", ME)).status_code == 200
    assert (await phone.renew()).status_code == 200
    assert (await phone.call("GET", ME)).status_code == 200


async def test_a_new_password_on_the_page_signs_all_phones_out(
    phone: Phone, browser: Browser, cast: Cast
) -> None:
    page = await browser.client.get("/account")
    form = {"current": cast.people["hai"].password, "new": NEW}
    answer = await browser.client.post(
        "/account/password", data={"_csrf_token": form_token(page.text), **form}
    )
    assert answer.status_code == 303, answer.text
    await require_ended(phone)


async def test_a_disabled_account_is_signed_out_everywhere(
    phone: Phone, admin_engine: AsyncEngine
) -> None:
    async with make_sessions(admin_engine).begin() as session:
        await disable_account(session, None, "hai")
    assert (await phone.call("GET", ME)).status_code == 401
    refused(await phone.renew())
    (device,) = await rows(admin_engine, "SELECT end_reason FROM device")
    assert device.end_reason == "disabled"


async def test_signing_in_again_on_the_same_phone_leaves_one_device(
    phone: Phone, browser: Browser, client: httpx.AsyncClient
) -> None:
    again = Phone(client)
    again.binding = phone.binding
    await again.sign_in(browser)
    listed = (await again.call("GET", "/api/v1/me/devices")).json()
    assert [each["id"] for each in listed] == [again.device_id]
    await require_ended(phone)


@pytest.mark.parametrize("by", ["token", "refresh token"])
async def test_a_phone_signs_itself_out(by: str, phone: Phone, client: httpx.AsyncClient) -> None:
    if by == "token":
        assert (await phone.call("DELETE", "/api/v1/tokens/current")).status_code == 204
    else:
        url = "/api/v1/oauth/revoke"
        for form in (
            {"token": "asmr_unknown", "client_id": phone.client_id},
            {"token": phone.refresh, "client_id": "another-app"},
        ):
            assert (await client.post(url, data=form)).status_code == 200
        assert (await phone.call("GET", ME)).status_code == 200
        assert (await client.post(url, data={"token": phone.refresh})).status_code == 400
        form = {"token": phone.refresh, "client_id": phone.client_id}
        for _ in range(2):
            assert (await client.post(url, data=form)).status_code == 200
    await require_ended(phone)


async def test_the_outbox_key_outlives_the_sign_in(
    phone: Phone, browser: Browser, client: httpx.AsyncClient, cast: Cast
) -> None:
    url = "/api/v1/me/devices/current/outbox-key"

    async def key_of(signed_in: Phone) -> str:
        answer = await signed_in.call("POST", url)
        assert answer.status_code == 200, answer.text
        assert "no-store" in answer.headers["cache-control"]
        assert answer.json()["device_id"] == signed_in.device_id
        return str(answer.json()["key"])

    own = await key_of(phone)
    assert len(own) == 43
    again, elsewhere, lan = Phone(client), Phone(client), Phone(client)
    again.binding = lan.binding = phone.binding
    await again.sign_in(browser)
    assert await key_of(again) == own
    await elsewhere.sign_in(browser)
    assert await key_of(elsewhere) != own
    browser.client.cookies.clear()
    await browser.sign_in("lan", cast.people["lan"].password)
    await lan.sign_in(browser)
    assert await key_of(lan) != own
    plain = await client.post(url, headers=await sign_in(client, cast, "hai"))
    assert (plain.status_code, plain.json()["code"]) == (409, "no_device")
