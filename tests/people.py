"""Invented guests and signed-in people, for tests that come through the front door."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from asm.db.base import VIETNAM
from asm.demo.cast import Cast

_serial = itertools.count(100000)


async def sign_in(client: httpx.AsyncClient, cast: Cast, login: str) -> dict[str, str]:
    """Headers of a signed-in member of the cast."""
    person = cast.people[login]
    answer = await client.post(
        "/api/v1/tokens",
        json={"login": person.login, "password": person.password, "label": "test"},
    )
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def fresh_number() -> str:
    """A twelve-digit number of an invented man born in 1990 and registered in Hà Nội."""
    return f"001090{next(_serial):06d}"


def guest(**changes: Any) -> dict[str, Any]:
    return {
        "full_name": "Nguyễn Văn Mẫu",
        "birth_date": "1990-08-15",
        "sex": "male",
        "document_type": 1,
        "document_number": fresh_number(),
        "residence_province": "01",
        **changes,
    }


def hours_ago(hours: float) -> str:
    """An arrival in the recent past by the machine's clock, with an offset."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def just_now() -> str:
    """Some minutes ago, but after the last hour of the law: who came before it may be late now."""
    came = datetime.now(VIETNAM) - timedelta(minutes=6)
    now = datetime.now(VIETNAM)
    for hour in (8, 23):
        deadline = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        if came < deadline <= now:
            came = deadline
    return came.isoformat()


def soon() -> str:
    """In ten minutes: an arrival whose hour of the law is no nearer, whatever the hour is now."""
    return hours_ago(-1 / 6)


def party(*guests: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "arrived_at": just_now(),
        "planned_departure_at": hours_ago(-40),
        "room": "101",
        "guests": list(guests) or [guest()],
        **changes,
    }


def card_text(number: str | None = None, name: str = "Trần Thị Thử") -> str:
    """The text of a 2021 card of an invented woman."""
    return f"{number or fresh_number()}||{name}|15081990|Nam|Số 1 Phố Thử, Hà Nội|20042021"


async def all_stays(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> list[dict[str, Any]]:
    """Every stay of a list, page by page."""
    stays: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        answer = await client.get(path, headers=headers, params={"page": page})
        assert answer.status_code == 200, answer.text
        stays += answer.json()["stays"]
        page, pages = page + 1, answer.json()["pages"]
    return stays


def stays_of(cast: Cast) -> str:
    return f"/api/v1/facilities/{cast.hoa_sen}/stays"
