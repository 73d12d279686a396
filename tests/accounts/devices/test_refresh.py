"""Refresh tokens rotate; a lost answer is given again, a stolen token ends the device."""

import asyncio

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.accounts.devices.phone import Browser, Phone
from tests.accounts.devices.test_refused_codes import refused
from tests.notify.messages.rows import change, rows

ME = "/api/v1/me"
_LATER = (
    "UPDATE device_refresh SET spent_at = spent_at - make_interval(secs => :s) "
    "WHERE spent_at IS NOT NULL"
)


async def reused(admin_engine: AsyncEngine) -> list[bool]:
    entries = await rows(
        admin_engine, "SELECT details FROM audit_entry WHERE action = 'account.refresh_reused'"
    )
    return [each.details["other_key"] for each in entries]


async def test_an_answer_that_was_lost_is_given_again(
    phone: Phone, admin_engine: AsyncEngine
) -> None:
    old = phone.refresh
    first = (await phone.renew(old)).json()
    await change(admin_engine, _LATER, s=590)
    second = (await phone.renew(old)).json()
    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    for token in (first["access_token"], second["access_token"]):
        phone.access = token
        assert (await phone.call("GET", ME)).status_code == 200
    # The same next token again, also when that was spent meanwhile.
    await phone.renew(first["refresh_token"])
    assert (await phone.renew(old)).json()["refresh_token"] == first["refresh_token"]
    assert await reused(admin_engine) == []


async def test_two_at_once_get_the_same_next_token(phone: Phone) -> None:
    old, access = phone.refresh, phone.access
    answers = await asyncio.gather(*(phone.renew(old) for _ in range(4)))
    assert [each.status_code for each in answers] == [200] * 4
    assert len({each.json()["refresh_token"] for each in answers}) == 1
    phone.access = access
    assert (await phone.call("GET", ME)).status_code == 200


async def test_an_old_token_after_ten_minutes_ends_the_device(
    phone: Phone, admin_engine: AsyncEngine
) -> None:
    old = phone.refresh
    await phone.renew()
    await change(admin_engine, _LATER, s=601)
    assert refused(await phone.renew(old))["code"] == "device_ended"
    assert refused(await phone.renew())["code"] == "device_ended"
    assert (await phone.call("GET", ME)).json()["code"] == "device_ended"
    assert await reused(admin_engine) == [False]
    (device,) = await rows(admin_engine, "SELECT end_reason FROM device")
    assert device.end_reason == "reuse"


@pytest.mark.parametrize("spent", [False, True])
async def test_another_key_ends_the_device(
    spent: bool, phone: Phone, admin_engine: AsyncEngine
) -> None:
    stolen = phone.refresh
    if spent:
        await phone.renew()
    thief = Phone(phone.http)
    thief.nonce, thief.key = phone.nonce, ECKey.generate_key("P-256")
    refused(await thief.renew(stolen))
    assert (await phone.call("GET", ME)).json()["code"] == "device_ended"
    assert await reused(admin_engine) == [True]


async def test_a_try_without_proof_or_nonce_spends_and_ends_nothing(phone: Phone) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": phone.refresh}
    thief = Phone(phone.http)
    for answer in (
        await thief.ask_token("", **form),
        await thief.ask_token(**form),  # another key, without the nonce
        await phone.ask_token(phone.proof("POST", "/api/v1/oauth/token", nonce="x"), **form),
    ):
        assert answer.status_code == 400
    assert (await phone.renew()).status_code == 200


async def test_another_app_gets_nothing_and_ends_nothing(phone: Phone) -> None:
    refused(await phone.renew(client_id="another-app"))
    refused(await phone.renew("asmr_unknown"))
    assert (await phone.renew()).status_code == 200


async def test_tokens_end_by_themselves(phone: Phone, admin_engine: AsyncEngine) -> None:
    back = "UPDATE {} SET expires_at = expires_at - interval '{}'"
    await change(admin_engine, back.format("api_token", "601 seconds"))
    late = await phone.call("GET", ME)
    assert (late.status_code, late.json()["code"]) == (401, "sign_in_required")
    assert (await phone.renew()).status_code == 200
    assert (await phone.call("GET", ME)).status_code == 200
    await change(admin_engine, back.format("device_refresh", "91 days"))
    assert "code" not in refused(await phone.renew())


async def test_no_secret_stands_in_the_database_or_in_a_log(
    client: httpx.AsyncClient,
    browser: Browser,
    admin_engine: AsyncEngine,
    capfd: pytest.CaptureFixture[str],
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    await phone.exchange(code)
    first = phone.refresh
    await phone.renew()
    await phone.call("GET", ME)
    await phone.renew("asmr_wrong")
    stored = ""
    for table in ("device", "device_refresh", "device_code", "api_token", "audit_entry", "tries"):
        stored += str(await rows(admin_engine, f"SELECT t::text FROM {table} AS t"))
    logged = "".join(capfd.readouterr())
    for secret in (code, first, phone.refresh, phone.access, phone.verifier):
        for shown in (stored, logged):
            assert secret not in shown
            assert secret.removeprefix("asmr_").removeprefix("asmd_") not in shown
    assert phone.device_id in stored
