"""A proof is of this request, of this key, fresh, and counts once (RFC 9449; traps of joserfc)."""

import hmac
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry
from litestar import Litestar

from asm.accounts.devices.nonces import PERIOD_S, Nonces
from asm.demo.cast import Cast
from asm.settings import Settings
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import TOKEN, Phone, es256
from tests.accounts.test_actor_cache import Watch
from tests.live_app import application, started
from tests.people import sign_in

ME = "/api/v1/me"


async def ask(phone: Phone, proof: str | None, scheme: str = "DPoP") -> httpx.Response:
    headers = {"Authorization": f"{scheme} {phone.access}"}
    return await phone.http.get(ME, headers=headers | ({} if proof is None else {"DPoP": proof}))


def refused(answer: httpx.Response, code: str) -> str:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, code), answer.text
    asks = answer.headers["www-authenticate"]
    assert asks.startswith("DPoP "), asks
    assert 'algs="ES256"' in asks
    return str(asks)


WRONG: dict[str, dict[str, Any]] = {
    "method": {"htm": "POST"},
    "no method": {"htm": None},
    "address": {"htu": "http://127.0.0.1/api/v1/facilities"},
    "host": {"htu": "http://evil.example/api/v1/me"},
    "scheme": {"htu": "https://127.0.0.1/api/v1/me"},
    "port": {"htu": "http://127.0.0.1:81/api/v1/me"},
    "no address": {"htu": "http://[::1"},
    "token": {"token": "asmd_other"},
    "no token": {"token": None},
    "no id": {"jti": None},
    "short id": {"jti": "x"},
    "no time": {"iat": None},
    "number as id": {"jti": 12345678},
    "type": {"header": {"typ": "JWT"}},
    "no key": {"header": {"jwk": None}},
    "key of another kind": {"header": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}},
    "key off the curve": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
    "another key": {"key": ECKey.generate_key("P-256")},
    "signed with another key": {
        "header": {"jwk": ECKey.generate_key("P-256").as_dict(private=False)}
    },
    "private key": {"header": {"jwk": ECKey.generate_key("P-256").as_dict(private=True)}},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_proof_of_something_else_is_refused(wrong: str, phone: Phone) -> None:
    asks = refused(
        await ask(phone, phone.proof("GET", ME, **{"token": phone.access, **WRONG[wrong]})),
        "invalid_dpop_proof",
    )
    assert 'error="invalid_dpop_proof"' in asks
    # The control.
    assert (await ask(phone, phone.proof("GET", ME, token=phone.access))).status_code == 200


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "é.é.é", "A" * 5000, "..", "eyJhbGciOiJub25lIn0.e30."]
)
async def test_what_is_no_proof_is_refused(text: str, phone: Phone) -> None:
    headers = [(b"Authorization", f"DPoP {phone.access}".encode()), (b"DPoP", text.encode())]
    refused(await phone.http.get(ME, headers=headers), "invalid_dpop_proof")


RSA = RSAKey.generate_key(2048)
P384 = ECKey.generate_key("P-384")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "ES384", "ES256"])
async def test_other_algorithms_are_refused(algorithm: str, phone: Phone) -> None:
    key = phone.key.as_dict(private=False)
    signers: dict[str, Any] = {
        "none": lambda _: b"",
        # The public key as if it were a shared secret.
        "HS256": lambda signed: hmac.digest(str(key["x"]).encode(), signed, "sha256"),
        "RS256": lambda signed: JWSRegistry.algorithms["RS256"].sign(signed, RSA),
        "ES256": es256(phone.key),
        "ES384": lambda signed: JWSRegistry.algorithms["ES384"].sign(signed, P384),
    }
    keys = {
        "RS256": RSA.as_dict(private=False),
        "ES384": P384.as_dict(private=False),
    }
    header = {"alg": algorithm, "jwk": keys.get(algorithm, key)}
    forged = phone.proof("GET", ME, token=phone.access, header=header, sign=signers[algorithm])
    answer = await ask(phone, forged)
    if algorithm == "ES256":  # the control
        assert answer.status_code == 200
    else:
        refused(answer, "invalid_dpop_proof")
        assert "ES256" in answer.json()["detail_en"], "said what is needed"


async def test_unknown_members_are_ignored_and_unknown_critical_ones_are_not(phone: Phone) -> None:
    for header, status in (
        ({"kid": "k1", "vn.example.new": {"a": 1}}, 200),
        ({"crit": ["vn.example.new"], "vn.example.new": 1}, 401),
        ({"crit": []}, 401),
        ({"crit": "exp"}, 401),
        ({"crit": ["b64"], "b64": True}, 401),
    ):
        proof = phone.proof("GET", ME, token=phone.access, header=header, strange="claim")
        assert (await ask(phone, proof)).status_code == status, header


async def test_a_proof_counts_once(phone: Phone) -> None:
    proof = phone.proof("GET", ME, token=phone.access)
    assert (await ask(phone, proof)).status_code == 200
    refused(await ask(phone, proof), "invalid_dpop_proof")
    taken = secrets.token_urlsafe(16)
    for status in (200, 401):
        again = phone.proof("GET", ME, token=phone.access, jti=taken)
        assert (await ask(phone, again)).status_code == status


async def test_no_proof_two_proofs_and_the_other_scheme_are_refused(
    phone: Phone, client: httpx.AsyncClient, cast: Cast
) -> None:
    refused(await ask(phone, None), "invalid_dpop_proof")
    proofs = [phone.proof("GET", ME, token=phone.access) for _ in range(2)]
    headers = [("Authorization", f"DPoP {phone.access}"), *(("DPoP", each) for each in proofs)]
    refused(await client.get(ME, headers=headers), "invalid_dpop_proof")
    # A bound token is nothing by itself, with a proof beside it or not.
    refused(await ask(phone, None, "Bearer"), "token_is_bound")
    refused(
        await ask(phone, phone.proof("GET", ME, token=phone.access), "Bearer"), "token_is_bound"
    )
    plain = (await sign_in(client, cast, "lan"))["Authorization"].removeprefix("Bearer ")
    phone.access = plain
    refused(await ask(phone, phone.proof("GET", ME, token=plain)), "token_not_bound")
    assert (await ask(phone, None, "Bearer")).status_code == 200


async def test_an_unknown_token_with_a_good_proof_is_nobodys(phone: Phone) -> None:
    phone.access = "asmd_unknown"
    refused(await ask(phone, phone.proof("GET", ME, token=phone.access)), "sign_in_required")


async def test_proofs_of_nobody_fill_no_memory(phone: Phone, app: Litestar) -> None:
    async def kept() -> int:
        return len(await app.state.redis.keys("asm:proof:*"))

    before = await kept()
    for _ in range(3):
        await phone.call("GET", ME)
    assert await kept() == before + 3
    stranger = Phone(phone.http)
    stranger.nonce, stranger.access = phone.nonce, "asmd_unknown"
    thief = Phone(phone.http)
    thief.nonce, thief.access = phone.nonce, phone.access
    for each in (stranger, thief):
        assert (await each.call("GET", ME)).status_code == 401
    assert await kept() == before + 3


@pytest.mark.parametrize(
    "nonce", [None, "", "x", Nonces(b"k" * 32)], ids=["none", "empty", "garbled", "of another key"]
)
async def test_a_nonce_of_ours_is_needed(nonce: Any, phone: Phone, app: Litestar) -> None:
    if isinstance(nonce, Nonces):  # well made, by somebody else
        nonce = nonce.nonce(app.state.clock.now())
    answer = await ask(phone, phone.proof("GET", ME, token=phone.access, nonce=nonce))
    assert 'error="use_dpop_nonce"' in refused(answer, "use_dpop_nonce")
    assert "clock_offset_s" not in answer.json()
    fresh = answer.headers["dpop-nonce"]
    proof = phone.proof("GET", ME, token=phone.access, nonce=fresh)
    assert (await ask(phone, proof)).status_code == 200


@pytest.fixture
async def watched(settings: Settings) -> AsyncIterator[tuple[Litestar, Watch]]:
    """The application by a clock that the test moves."""
    watch = Watch()
    async with started(application(settings, timer=watch)) as app:
        yield app, watch


async def test_a_nonce_ages_and_a_clock_a_day_wrong_does_not_matter(
    watched: tuple[Litestar, Watch], cast: Cast
) -> None:
    app, watch = watched
    async for browser in browser_of(app):
        await browser.sign_in("hai", cast.people["hai"].password)
        began = watch.at
        for day in (-86_400, 86_400):
            phone = Phone(browser.client, seconds_off=day)
            first = await phone.ask_token(grant_type="refresh_token", refresh_token="x")
            said = first.json()
            assert (first.status_code, said["error"]) == (400, "use_dpop_nonce")
            assert abs(said["clock_offset_s"] - day + watch.at - began) < 60
            assert str(said["clock_offset_s"]) in said["detail"]
            assert str(said["clock_offset_s"]) in said["error_description"]
            await phone.sign_in(browser)
            assert (await phone.call("GET", ME)).status_code == 200
            old = phone.nonce
            watch.at += PERIOD_S  # the one before is good as well
            assert (await phone.call("GET", ME)).status_code == 200
            watch.at += PERIOD_S
            phone.nonce = old
            late = await phone.call("GET", ME)
            assert (late.status_code, late.json()["code"]) == (401, "use_dpop_nonce")
            assert isinstance(late.json()["clock_offset_s"], int)
            assert (await phone.call("GET", ME)).status_code == 200


async def test_a_proof_is_remembered_for_as_long_as_its_nonce_is_good(
    watched: tuple[Litestar, Watch], cast: Cast
) -> None:
    app, watch = watched
    async for browser in browser_of(app):
        await browser.sign_in("hai", cast.people["hai"].password)
        phone = Phone(browser.client)
        await phone.sign_in(browser)
        proof = phone.proof("GET", ME, token=phone.access)
        assert (await ask(phone, proof)).status_code == 200
        codes = []
        for _ in range(4):
            watch.at += PERIOD_S
            codes.append((await ask(phone, proof)).json()["code"])
        assert set(codes) == {"invalid_dpop_proof", "use_dpop_nonce"}, codes
        assert codes == sorted(codes), "remembered first, too old then"


async def test_the_token_endpoint_says_the_same_in_its_own_way(
    client: httpx.AsyncClient,
) -> None:
    phone = Phone(client)
    for proof, error in (
        ("", "invalid_dpop_proof"),
        ("x", "invalid_dpop_proof"),
        (phone.proof("GET", TOKEN), "invalid_dpop_proof"),
        (phone.proof("POST", TOKEN), "use_dpop_nonce"),
        (phone.proof("POST", TOKEN, iat=time.time() + 1e300), "use_dpop_nonce"),
    ):
        answer = await phone.ask_token(proof, grant_type="refresh_token", refresh_token="x")
        assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
        assert ("dpop-nonce" in answer.headers) is (proof != "")


async def test_answers_without_a_proof_carry_no_nonce(client: httpx.AsyncClient) -> None:
    assert "dpop-nonce" not in (await client.get(ME)).headers
