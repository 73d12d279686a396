"""Lan's hotel over the interface, as her software declares."""

from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.people import fresh_key, stays_of


class Hotel:
    """Lan's hotel over the interface."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast, lan: dict[str, str]) -> None:
        self.client, self.stays, self.lan = client, stays_of(cast), lan

    async def declare(self, body: dict[str, Any], **params: Any) -> dict[str, Any]:
        """The outcome, whatever it is."""
        answer = await self.client.post(
            self.stays, json=body, headers=self.lan | fresh_key(), params=params
        )
        outcome: dict[str, Any] = answer.json()
        if answer.status_code == 422:
            assert outcome["code"] == "nothing_accepted", answer.text
            outcome = outcome["outcome"]
        parts = ("accepted", "merged", "changed", "rejected")
        if not params:
            assert outcome["read"] == sum(outcome[part] for part in parts)
        return outcome

    async def declare_one(self, body: dict[str, Any], **params: Any) -> dict[str, Any]:
        """What became of the only guest."""
        (result,) = (await self.declare(body, **params))["results"]
        return dict(result)

    async def change(self, stay_id: str, word: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{self.stays}/{stay_id}/{word}", json=body, headers=self.lan | fresh_key()
        )

    async def amend(self, stay_id: str, **body: Any) -> dict[str, Any]:
        answer = await self.client.patch(
            f"{self.stays}/{stay_id}", json=body, headers=self.lan | fresh_key()
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def stay(self, stay_id: str) -> dict[str, Any]:
        return dict((await self.client.get(f"{self.stays}/{stay_id}", headers=self.lan)).json())

    async def versions(self, stay_id: str) -> list[str]:
        answer = await self.client.get(f"{self.stays}/{stay_id}/versions", headers=self.lan)
        return [version["change"] for version in answer.json()]


def rules_of(result: dict[str, Any]) -> dict[str, list[str]]:
    """The fields that each rule about the same arrival names."""
    named: dict[str, list[str]] = {}
    for problem in result["problems"]:
        named.setdefault(problem["rule"], []).append(problem["field"])
    return named


def child(**changes: Any) -> dict[str, Any]:
    """A child without a number; what is changed to None is left out."""
    known = {
        "full_name": "Nguyễn Thị Hoà",
        "birth_date": "2019-03-04",
        "sex": "female",
        "no_papers": True,
        "residence_province": "01",
        **changes,
    }
    return {name: value for name, value in known.items() if value is not None}


async def stored(session: AsyncSession) -> int:
    """How many stays there are."""
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())
