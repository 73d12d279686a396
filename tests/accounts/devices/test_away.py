"""Declaring goes on without Redis; without the database a phone gets its proof of having tried."""

from dataclasses import replace

import httpx
import pytest
from litestar import Litestar

from asm.accounts.devices.signing_key import signing_key_of
from asm.accounts.login import token_hash
from asm.demo.cast import Cast
from asm.settings import Settings
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import Browser, Phone
from tests.conftest import Database
from tests.live_app import application, started
from tests.outage import database_away
from tests.people import fresh_key, party
from tests.services import TestServices

ME = "/api/v1/me"


async def test_without_the_database_a_try_is_signed_for_who_holds_the_key(
    phone: Phone, browser: Browser, services: TestServices, database: Database
) -> None:
    (facility,) = (await phone.call("GET", ME)).json()["facility_ids"]
    url = f"/api/v1/facilities/{facility}/stays"
    declared = await phone.call("POST", url, headers=fresh_key(), json=party())
    assert declared.status_code == 201
    stay = declared.json()["results"][0]["stay_id"]
    change = f"{url}/{stay}/extension"
    thief = Phone(phone.http)
    thief.access, thief.nonce = phone.access, phone.nonce
    async with database_away(services, database):
        for path in (url, f"{url}/{stay}/void"):
            tried = await phone.call("POST", path, headers=fresh_key(), json=party())
            assert tried.status_code == 503, tried.text
            assert tried.json()["attempt"], path
        for path in (url, change):
            stolen = await thief.call("POST", path, headers=fresh_key(), json=party())
            assert stolen.status_code == 401, stolen.text
            plain = {"Authorization": f"Bearer {phone.access}"} | fresh_key()
            bare = await phone.http.post(path, headers=plain, json=party())
            assert (bare.status_code, bare.json()["code"]) == (401, "token_is_bound")
        assert (await phone.renew()).status_code == 503
    assert (await phone.renew()).status_code == 200


async def test_every_process_reads_ahead_which_key_a_token_is_bound_to(
    app: Litestar, phone: Phone, browser: Browser, client: httpx.AsyncClient
) -> None:
    other = Phone(client)
    await other.sign_in(browser)
    known = app.state.known_tokens
    await known.look()
    for each in (phone, other):
        actor = known._whose_read(token_hash(each.access))
        assert actor is not None
        assert str(actor.device.id) == each.device_id
        assert actor.device.jkt == each.key.thumbprint()
        key = signing_key_of(actor)
        assert key is not None
        assert key.as_dict(private=False)["x"] == each.key.as_dict(private=False)["x"]


@pytest.fixture
def redis_away(settings: Settings) -> Settings:
    return replace(settings, redis_url="redis://127.0.0.1:1/0")


async def test_without_redis_phones_declare_and_a_proof_still_counts_once(
    redis_away: Settings, cast: Cast
) -> None:
    async with started(application(redis_away)) as app:
        async for browser in browser_of(app):
            await browser.sign_in("hai", cast.people["hai"].password)
            phone = Phone(browser.client)
            await phone.sign_in(browser)
            (facility,) = (await phone.call("GET", ME)).json()["facility_ids"]
            url = f"/api/v1/facilities/{facility}/stays"
            headers = phone.headers("POST", url)
            for status in (201, 401):
                answer = await phone.http.post(url, headers=headers | fresh_key(), json=party())
                assert answer.status_code == status, answer.text
            assert (await phone.renew()).status_code == 200
