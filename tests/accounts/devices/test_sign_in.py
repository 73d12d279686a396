"""A phone signs in by authorization code, PKCE and DPoP, and declares."""

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.devices.phone import Browser, Phone
from tests.notify.messages.rows import rows
from tests.people import fresh_key, party, soon


async def test_a_phone_signs_in_and_declares(
    client: httpx.AsyncClient, browser: Browser, cast: Cast, admin_engine: AsyncEngine
) -> None:
    phone = Phone(client)
    answer = await phone.exchange(await phone.code(browser))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert set(tokens) == {
        "access_token", "token_type", "expires_in", "refresh_token", "scope", "device_id",
    }  # fmt: skip
    assert (tokens["token_type"], tokens["expires_in"]) == ("DPoP", 600)
    me = await phone.call("GET", "/api/v1/me")
    assert me.status_code == 200, me.text
    assert me.json()["login"] == cast.people["hai"].login
    assert me.headers["dpop-nonce"]
    (facility,) = me.json()["facility_ids"]
    url = f"/api/v1/facilities/{facility}/stays"
    declared = await phone.call("POST", url, headers=fresh_key(), json=party())
    assert declared.status_code == 201, declared.text
    assert declared.headers["dpop-nonce"]
    # The longer way, where several things need the token at once.
    for _ in range(2):
        tried = await phone.call("POST", f"{url}?dry_run=true", headers=fresh_key(), json=party())
        assert tried.status_code == 200, tried.text
    stay = declared.json()["results"][0]["stay_id"]
    left = await phone.call(
        "POST", f"{url}/{stay}/departure", headers=fresh_key(), json={"departed_at": soon()}
    )
    assert left.status_code == 200, left.text
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.device_added'"
    )
    assert str(entry.subject_id) == phone.device_id


async def test_tokens_are_renewed(phone: Phone) -> None:
    before = phone.access, phone.refresh
    answer = await phone.renew()
    assert answer.status_code == 200, answer.text
    assert before[0] != phone.access
    assert before[1] != phone.refresh
    assert (await phone.call("GET", "/api/v1/me")).status_code == 200
