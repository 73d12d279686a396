"""A code opens nothing but what it was issued for, once, within a minute."""

import base64
import hashlib
import secrets
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import TOKEN, Browser, Phone
from tests.notify.messages.rows import change, rows


def refused(answer: httpx.Response, error: str = "invalid_grant") -> dict[str, Any]:
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, said["error"]) == (400, error), answer.text
    assert said["error_description"]
    assert said["detail"]
    assert answer.headers["cache-control"] == "no-store"
    return said


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": secrets.token_urlsafe(48)},
        {"redirect_uri": "http://127.0.0.1/app/signed-in/"},
        {"client_id": "another-app"},
        {"code": secrets.token_urlsafe(32)},
    ],
    ids=["verifier", "redirect", "client", "code"],
)
async def test_what_does_not_fit_is_refused_and_spends_nothing(
    changes: dict[str, str], client: httpx.AsyncClient, browser: Browser
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    refused(await phone.exchange(code, **changes))
    assert (await phone.exchange(code)).status_code == 200


async def test_another_key_gets_nothing_for_the_code(
    client: httpx.AsyncClient, browser: Browser
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    own, phone.key = phone.key, ECKey.generate_key("P-256")
    refused(await phone.exchange(code))
    phone.key = own
    assert (await phone.exchange(code)).status_code == 200


async def test_a_code_is_good_for_a_minute(
    client: httpx.AsyncClient, browser: Browser, admin_engine: AsyncEngine
) -> None:
    phone = Phone(client)
    for seconds, status in ((58, 200), (61, 400)):
        code = await phone.code(browser)
        await change(
            admin_engine,
            "UPDATE device_code SET expires_at = expires_at - make_interval(secs => :s) "
            "WHERE spent_at IS NULL",
            s=seconds,
        )
        assert (await phone.exchange(code)).status_code == status, seconds


async def test_a_code_that_comes_again_ends_what_it_began(
    client: httpx.AsyncClient, browser: Browser, admin_engine: AsyncEngine
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    assert (await phone.exchange(code)).status_code == 200
    # Who knows the code alone ends nothing with it.
    refused(await phone.exchange(code, code_verifier=secrets.token_urlsafe(48)))
    assert (await phone.call("GET", "/api/v1/me")).status_code == 200
    refused(await phone.exchange(code))
    ended = await phone.call("GET", "/api/v1/me")
    assert (ended.status_code, ended.json()["code"]) == (401, "device_ended")
    assert refused(await phone.renew())["code"] == "device_ended"
    (entry,) = await rows(
        admin_engine, "SELECT * FROM audit_entry WHERE action = 'account.code_reused'"
    )
    assert str(entry.subject_id) == phone.device_id


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"device_binding": "short"}, "invalid_request"),
        ({"scope": "declare"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "a\x00b"}, "invalid_request"),
    ],
)
async def test_a_form_that_lacks_something_is_said_to(
    changes: dict[str, Any], error: str, client: httpx.AsyncClient, browser: Browser
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    phone.nonce = (await phone.ask_token(grant_type="refresh_token")).headers["dpop-nonce"]
    refused(await phone.exchange(code, **changes), error)


async def test_a_secret_in_the_address_is_refused(client: httpx.AsyncClient) -> None:
    phone = Phone(client)
    answer = await client.post(
        f"{TOKEN}?code=x", data={"grant_type": "authorization_code"}, headers={"DPoP": "x"}
    )
    refused(answer, "invalid_request")
    assert phone.nonce is None


async def test_a_disabled_account_gets_no_tokens(
    client: httpx.AsyncClient, browser: Browser, admin_engine: AsyncEngine
) -> None:
    phone = Phone(client)
    code = await phone.code(browser)
    await change(
        admin_engine, "UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'hai'"
    )
    refused(await phone.exchange(code))


async def test_somebody_elses_code_does_not_sign_in_here(
    app: Litestar, client: httpx.AsyncClient, browser: Browser, cast: Cast
) -> None:
    """Code injection: a code of Lan's, brought to Hải's app, which has another verifier and key."""
    hai = Phone(client)
    await hai.code(browser)
    async for other in browser_of(app):
        await other.sign_in("lan", cast.people["lan"].password)
        code = await Phone(client).code(other)
        refused(await hai.exchange(code))
        # Not with the challenge copied either: the key is bound, too.
        challenge = hashlib.sha256(hai.verifier.encode()).digest()
        copied = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        code = await Phone(client).code(other, code_challenge=copied)
        refused(await hai.exchange(code))


async def test_wrong_secrets_are_throttled_by_network_and_right_ones_pass(
    client: httpx.AsyncClient, browser: Browser
) -> None:
    phone = Phone(client)
    await phone.sign_in(browser)
    stranger = Phone(client)
    stranger.nonce = phone.nonce
    answers = []
    for _ in range(70):
        stranger.key = ECKey.generate_key("P-256")
        answers.append((await stranger.renew("asmr_" + secrets.token_urlsafe(32))).status_code)
    assert answers[:59] == [400] * 59
    assert set(answers[61:]) == {429}
    assert (await phone.renew()).status_code == 200
