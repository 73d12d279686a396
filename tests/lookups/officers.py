"""Officers who look people up, and people who can be looked up."""

from typing import Any

import httpx

from asm.demo.cast import Cast
from tests.people import fresh_key, guest, party, sign_in
from tests.web.visitor import Visitor

#: Of invented people, whom the tests declare where they like.
HOA, MAI = "001190200001", "001190200002"
WHY = {
    "kind": "personal",
    "reason": "missing",
    "note": "Gia đình báo không liên lạc được từ hôm qua",
    "case_number": "12/TB-2026",
}


async def declare(
    client: httpx.AsyncClient, cast: Cast, number: str, *, login: str = "lan", **changes: Any
) -> dict[str, Any]:
    """A stay of who has this number, in the house of `login`; what the first guest's answer is."""
    house = cast.guest_house_b if login == "tuan" else cast.hoa_sen
    room = "1" if login == "tuan" else "101"
    answer = await client.post(
        f"/api/v1/facilities/{house}/stays",
        json=party(guest(document_number=number, **changes), room=room),
        headers=await sign_in(client, cast, login) | fresh_key(),
    )
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()["results"][0]
    return entry


async def step_up(visitor: Visitor, cast: Cast, login: str) -> None:
    """Type the password again."""
    await visitor.open("/step-up")
    await visitor.send("/step-up", password=cast.people[login].password, next="/lookups")


async def officer(client: httpx.AsyncClient, cast: Cast, login: str = "minh") -> Visitor:
    """Signed in, stepped up, and in front of the form."""
    visitor = Visitor(client)
    await visitor.sign_in(cast, login)
    await step_up(visitor, cast, login)
    return visitor


async def look_up(
    visitor: Visitor, number: str, status: int = 200, **fields: Any
) -> httpx.Response:
    """Fill the form and send it."""
    return await visitor.send("/lookups", status, **{**WHY, "number": number, **fields})
