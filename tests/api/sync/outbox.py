"""What a phone saved: items of a batch, and how they are sent."""

import uuid
from typing import Any

import httpx

from tests.api.hotel import Hotel
from tests.people import guest, party


def item(deed: str, body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "deed": deed, "body": body or {}, **more}


def declare(*guests: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return item("declare", party(*(guests or (guest(),)), **changes))


def of(declared: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """The stay of a guest of a declaration that may not be sent yet."""
    return {"declared_by": declared["key"], "guest": number}


class Outbox:
    """Sends as Lan's phone does."""

    def __init__(self, hotel: Hotel) -> None:
        self.hotel = hotel
        self.path = hotel.stays.removesuffix("/stays") + "/batch"

    async def send_raw(self, items: Any, **headers: str) -> httpx.Response:
        return await self.hotel.client.post(
            self.path, json={"items": items}, headers=self.hotel.lan | headers
        )

    async def send(self, *items: Any, **headers: str) -> list[dict[str, Any]]:
        """What became of each."""
        answer = await self.send_raw(list(items), **headers)
        assert answer.status_code == 200, answer.text
        answers: list[dict[str, Any]] = answer.json()["items"]
        assert [each["key"] for each in answers] == [
            each.get("key") if isinstance(each, dict) else None for each in items
        ]
        return answers


def statuses(answers: list[dict[str, Any]]) -> list[int]:
    return [answer["status"] for answer in answers]


def stay_of(answer: dict[str, Any], number: int = 0) -> str:
    return str(answer["outcome"]["results"][number]["stay_id"])
