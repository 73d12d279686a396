"""The guests of a night, narrowed to those with a flag that still waits."""

import re

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.people import fresh_key, guest, hours_ago, party, sign_in
from tests.web.visitor import Visitor
from tests.web.ward.facilities.test_house import follow
from tests.web.ward.test_ward import as_

HOA, MAI, LY = "Trần Thị Hoa", "Trần Thị Mai", "Trần Thị Lý"


async def declare(
    client: httpx.AsyncClient, cast: Cast, login: str, name: str, arrived: str
) -> None:
    house, room = {"lan": (cast.hoa_sen, "101"), "hai": (cast.boarding_house, "1")}[login]
    answer = await client.post(
        f"/api/v1/facilities/{house}/stays",
        json=party(guest(full_name=name), arrived_at=arrived, room=room),
        headers=await sign_in(client, cast, login) | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def flagged(visitor: Visitor) -> set[str]:
    """Who is listed as having a flag."""
    await visitor.open("/ward/guests?only=flagged")
    listed = visitor.html.partition('id="guests"')[2]
    return {name for name in (HOA, MAI, LY) if name in listed}


async def test_a_flag_that_was_dealt_with_marks_no_guest(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine
) -> None:
    """An officer who settled a case need not look at its guest again, until it is taken back."""
    await declare(client, cast, "lan", HOA, hours_ago(80))
    await declare(client, cast, "hai", MAI, hours_ago(80))
    await declare(client, cast, "lan", LY, hours_ago(-1 / 6))
    await follow(worker_engine)
    await as_(visitor, cast, "minh")
    assert await flagged(visitor) == {HOA, MAI}
    await visitor.open(f"/ward/flags?facility={cast.hoa_sen}&check=declared-late")
    (case,) = set(re.findall(r'href="(/ward/flags/[0-9a-f-]{36})"', visitor.html))
    await visitor.send(f"{case}/settle", outcome="called", note="đã gọi")
    assert await flagged(visitor) == {MAI}
    await visitor.open("/ward/flags")
    await visitor.send(f"{case}/undo")
    assert await flagged(visitor) == {HOA, MAI}
