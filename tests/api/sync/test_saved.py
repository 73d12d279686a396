"""When a phone had it: kept beside the time of receipt, and never in its place."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from litestar import Litestar

from asm.demo.cast import Cast
from tests.accounts.devices.conftest import browser_of
from tests.accounts.devices.phone import Phone, b64, es256
from tests.people import guest, hours_ago, party, sign_in


class Landlord:
    """Hải's phone, which was without signal."""

    def __init__(self, phone: Phone, facility: uuid.UUID) -> None:
        self.phone = phone
        self.house = f"/api/v1/facilities/{facility}"

    def item(self, at: datetime, key: ECKey | None = None, **claims: str) -> bytes:
        """A declaration as bytes, with spaces where no program would write any."""
        name = str(uuid.uuid4())
        body = json.dumps(party(guest(), arrived_at=hours_ago(30), room="3"), indent=1).encode()
        said = {
            "key": name,
            "saved_at": at.isoformat(),
            "body_sha256": b64(hashlib.sha256(body).digest()),
        }
        head = {"typ": "asm-saved+jwt", "alg": "ES256", "kid": "x"}
        signed = ".".join(b64(json.dumps(part).encode()) for part in (head, said | claims))
        proof = f"{signed}.{b64(es256(key or self.phone.key)(signed.encode()))}"
        envelope = {"key": name, "deed": "declare", "saved": {"at": at.isoformat(), "proof": proof}}
        return json.dumps(envelope).encode()[:-1] + b', "body" : ' + body + b"}"

    async def send(self, *items: bytes, clock: str | None = None) -> list[dict[str, Any]]:
        path = f"{self.house}/batch"
        headers = self.phone.headers("POST", path) | {"Content-Type": "application/json"}
        if clock is not None:
            headers["ASM-Device-Time"] = clock
        answer = await self.phone.http.post(
            path, content=b'{"items":[' + b" , ".join(items) + b"]}", headers=headers
        )
        self.phone.nonce = answer.headers.get("dpop-nonce", self.phone.nonce)
        assert answer.status_code == 200, answer.text
        items_answered: list[dict[str, Any]] = answer.json()["items"]
        return items_answered

    async def stay(self, answer: dict[str, Any]) -> dict[str, Any]:
        (result,) = answer["outcome"]["results"]
        stay = await self.phone.call("GET", f"{self.house}/stays/{result['stay_id']}")
        return dict(stay.json())


@pytest.fixture
async def landlord(app: Litestar, client: httpx.AsyncClient, cast: Cast) -> AsyncIterator[Landlord]:
    async for browser in browser_of(app):
        hai = cast.people["hai"]
        await browser.sign_in(hai.login, hai.password)
        phone = Phone(client)
        await phone.sign_in(browser)
        yield Landlord(phone, cast.boarding_house)


def minutes_ago(minutes: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)


async def test_late_is_late_and_what_the_phone_says_stands_beside(landlord: Landlord) -> None:
    saved = minutes_ago(29 * 60)
    (answer,) = await landlord.send(landlord.item(saved))
    assert answer["status"] == 201
    (result,) = answer["outcome"]["results"]
    assert result["on_time"] is False, "received a day later, whatever the phone's clock shows"
    stay = await landlord.stay(answer)
    assert datetime.fromisoformat(stay["saved"]["at"]) == saved
    assert stay["saved"]["signed"] is True
    assert stay["saved"]["device_id"] == landlord.phone.device_id
    assert datetime.fromisoformat(stay["received_at"]) > saved + timedelta(hours=28)
    versions = await landlord.phone.call("GET", f"{landlord.house}/stays/{stay['id']}/versions")
    assert versions.json()[0]["saved"] == stay["saved"]


async def test_a_proof_of_something_else_is_refused(landlord: Landlord) -> None:
    at = minutes_ago(10)
    foreign = landlord.item(at, ECKey.generate_key("P-256"))
    wrong = [
        foreign,
        landlord.item(at, saved_at=minutes_ago(11).isoformat()),
        landlord.item(at, body_sha256=b64(hashlib.sha256(b"{}").digest())),
        landlord.item(at).replace(b'"room": "3"', b'"room": "4"'),
    ]
    for item in wrong:
        good = landlord.item(at)
        bad, well = await landlord.send(item, good)
        assert (bad["status"], bad["problem"]["code"]) == (422, "saved_proof_wrong")
        assert bad["problem"]["errors"][0]["pointer"] == "/saved/proof"
        assert well["status"] == 201


async def test_without_a_proof_it_is_what_was_said(landlord: Landlord) -> None:
    item = json.loads(landlord.item(minutes_ago(10)))
    del item["saved"]["proof"]
    (answer,) = await landlord.send(json.dumps(item).encode())
    assert (await landlord.stay(answer))["saved"]["signed"] is False


async def test_a_clock_that_is_a_day_off(landlord: Landlord) -> None:
    ahead = minutes_ago(-24 * 60)
    (answer,) = await landlord.send(landlord.item(ahead), clock=ahead.isoformat())
    assert answer["status"] == 201
    saved = (await landlord.stay(answer))["saved"]
    assert abs(saved["clock_ahead_s"] - 86_400) < 120


async def test_who_signs_with_no_device_signs_nothing(
    client: httpx.AsyncClient, cast: Cast, landlord: Landlord
) -> None:
    hai = await sign_in(client, cast, "hai")
    body = b'{"items":[' + landlord.item(minutes_ago(5)) + b"]}"
    answer = await client.post(
        f"{landlord.house}/batch",
        content=body,
        headers=hai | {"Content-Type": "application/json"},
    )
    assert answer.json()["items"][0]["problem"]["code"] == "saved_proof_wrong"


async def test_officer_and_host_read_both_times(
    app: Litestar, cast: Cast, landlord: Landlord
) -> None:
    day = minutes_ago(-24 * 60).isoformat()
    (answer,) = await landlord.send(landlord.item(minutes_ago(25 * 60)), clock=day)
    stay = await landlord.stay(answer)
    pages = {
        "minh": [f"/ward/stays/{stay['facility_id']}/{stay['id']}"],
        "hai": [f"/desk/{stay['facility_id']}/stays/{stay['id']}"],
    }
    for login, paths in pages.items():
        async for browser in browser_of(app):
            await browser.sign_in(login, cast.people[login].password)
            for path in paths:
                page = await browser.client.get(path, follow_redirects=True)
                assert "Lưu trên máy lúc" in page.text, (login, path, page.status_code)
                assert "máy đã ký" in page.text
                assert "đồng hồ máy lệch" in page.text
