"""The work list and its deeds for software."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from asm.demo.cast import WARD_A, Cast
from tests.people import sign_in


async def test_software_does_what_the_page_does(
    client: httpx.AsyncClient, cast: Cast, late: UUID
) -> None:
    minh = await sign_in(client, cast, "minh")
    base = f"/api/v1/wards/{WARD_A}/cases"

    async def waiting(state: str = "open") -> list[dict[str, Any]]:
        answer = await client.get(f"{base}?state={state}", headers=minh)
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()["cases"]
        return listed

    async def do(deed: str, body: dict[str, Any] | None = None) -> int:
        answer = await client.post(f"{base}/{late}/{deed}", json=body, headers=minh)
        return answer.status_code

    (case,) = await waiting()
    assert (case["id"], case["stays"], case["urgency"]) == (str(late), 2, "week")
    assert await do("taking") == 204
    assert (await waiting())[0]["taken_by"] == "Minh"
    assert await do("release") == 204
    assert await do("notes", {"note": ""}) == 422
    assert await do("notes", {"note": "đã gọi"}) == 204
    assert await do("settlement", {"outcome": "passed_on", "note": "x", "to": WARD_A}) == 422
    assert await do("settlement", {"outcome": "called"}) == 204
    assert await do("settlement", {"outcome": "corrected"}) == 409
    assert await waiting() == []
    assert (await waiting("dismissed"))[0]["outcome"] == "called"
    assert await do("undoing") == 204
    assert len(await waiting()) == 1
    refused = await client.get(f"{base}?check=none", headers=minh)
    assert refused.status_code == 422


@pytest.mark.parametrize("login", ["thao", "lan", "quang"])
async def test_for_others_the_ward_is_absent(
    login: str, client: httpx.AsyncClient, cast: Cast, late: UUID
) -> None:
    stranger = await sign_in(client, cast, login)
    base = f"/api/v1/wards/{WARD_A}/cases"
    answers = [
        await client.get(base, headers=stranger),
        *[
            await client.post(f"{base}/{late}/{deed}", headers=stranger)
            for deed in ("taking", "release", "undoing")
        ],
        await client.post(f"{base}/{late}/notes", json={"note": "x"}, headers=stranger),
        await client.post(
            f"{base}/{late}/settlement", json={"outcome": "called"}, headers=stranger
        ),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["code"] for answer in answers} == {"ward_not_found"}
