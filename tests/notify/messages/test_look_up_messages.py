"""What supervisors hear of look-ups: once, and nobody else; nobody who was looked up is named."""

from collections import Counter

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_B, Cast
from tests.lookups.officers import HOA, declare, look_up, officer, step_up
from tests.notify.messages.rows import messages_by_login, rows
from tests.notify.messages.test_host_messages import empty


async def test_the_supervisor_hears_of_an_alarm_and_of_a_broken_glass(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await declare(client, cast, HOA)
    minh = await officer(client, cast)
    for person in range(12):
        await look_up(minh, f"00119020100{person % 5}" if person < 5 else HOA)
        if person == 4:
            await step_up(minh, cast, "minh")
    for person in range(20, 28):
        await step_up(minh, cast, "minh")
        await look_up(minh, f"0011902010{person}")
    await minh.open("/lookups/glass?province=01")
    await minh.send(
        "/lookups/glass", area=WARD_B, province="01",
        note="Người nhà thấy ở bên ấy", case_number="14/TB-2026",
    )  # fmt: skip
    await empty(worker_engine)
    await empty(worker_engine)
    assert await messages_by_login(admin_engine, "look_up.many_people") == Counter({"quang": 1})
    assert await messages_by_login(admin_engine, "look_up.glass") == Counter({"quang": 1})
    messages = await rows(
        admin_engine, "SELECT facts, link FROM message WHERE topic LIKE 'look_up.%'"
    )
    assert {row.link for row in messages} == {"/lookups/seen"}
    assert all(row.facts["officer"] == "Minh" for row in messages)
    assert HOA not in str(messages)
