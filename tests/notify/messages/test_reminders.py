"""Reminders by the clock that is passed in: who is told, once, and who is left in peace."""

import asyncio
from collections import Counter

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.notify.messages.reminders import remind
from tests.notify.messages.clock import TOMORROW, tomorrow_at
from tests.notify.messages.rows import change, messages_by_login, rows
from tests.people import fresh_key, hours_ago, party, sign_in

EVERYBODY = Counter({"lan": 1, "pms": 1, "hai": 1, "bich": 1, "tuan": 1})


async def declare(client: httpx.AsyncClient, cast: Cast, *, hours: float = 96) -> None:
    """Lan declares a guest who stays over tomorrow's night."""
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        json=party(planned_departure_at=hours_ago(-hours)),
        headers=lan | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def test_each_hour_has_its_reminder_and_each_is_sent_once(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for before in (tomorrow_at(12, 30), tomorrow_at(21, 29)):
        assert (await remind(worker_engine, before)).topics == []
    for hour, minute, topic in (
        (21, 30, "reminder.early"), (22, 30, "reminder.last"), (23, 0, "reminder.overdue"),
    ):  # fmt: skip
        done = await remind(worker_engine, tomorrow_at(hour, minute))
        assert (done.topics, done.messages) == ([topic], 5)
        assert (await remind(worker_engine, tomorrow_at(hour, minute + 5))).topics == []
        assert await messages_by_login(admin_engine, topic) == EVERYBODY
    assert (await remind(worker_engine, tomorrow_at(0, 20, days=1))).topics == []
    assert (await remind(worker_engine, tomorrow_at(0, 31, days=1))).topics == []
    assert (await remind(worker_engine, tomorrow_at(21, 30, days=1))).messages == 5


async def test_a_worker_that_comes_late_still_sends_what_is_of_use(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    assert (await remind(worker_engine, tomorrow_at(22, 45))).topics == ["reminder.last"]
    assert (await remind(worker_engine, tomorrow_at(0, 10, days=1))).topics == ["reminder.overdue"]
    (row,) = await rows(admin_engine, "SELECT DISTINCT facts->>'night' AS night FROM message")
    assert row.night == TOMORROW.isoformat()


async def test_who_has_declared_is_left_in_peace(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await declare(client, cast)
    await remind(worker_engine, tomorrow_at(21, 30))
    assert await messages_by_login(admin_engine, "reminder.early") == Counter(
        {"hai": 1, "bich": 1, "tuan": 1}
    )


async def test_closed_pending_and_disabled_ones_are_left_in_peace(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(
        admin_engine,
        "INSERT INTO closure (facility_id, id, starts_on, ends_on, reason) "
        "VALUES (:f, gen_random_uuid(), :night, :after, 'sửa nhà')",
        f=cast.boarding_house, night=TOMORROW, after=tomorrow_at(1, days=1).date(),
    )  # fmt: skip
    await change(
        admin_engine, "UPDATE facility SET status = 'returned' WHERE id = :f", f=cast.hospital
    )
    await change(
        admin_engine, "UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'pms'"
    )
    await remind(worker_engine, tomorrow_at(22, 30))
    assert await messages_by_login(admin_engine, "reminder.last") == Counter({"lan": 1, "tuan": 1})


async def test_after_the_hour_a_forgotten_departure_counts_too(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await declare(client, cast)
    await declare(client, cast, hours=0.5)
    await remind(worker_engine, tomorrow_at(21, 30))
    assert "lan" not in await messages_by_login(admin_engine, "reminder.early")
    await remind(worker_engine, tomorrow_at(23))
    reminders = await rows(
        admin_engine,
        "SELECT facts FROM message WHERE topic = 'reminder.overdue' AND facility_id = :f",
        f=cast.hoa_sen,
    )
    assert len(reminders) == 2
    assert {(row.facts["silent"], row.facts["departures_overdue"]) for row in reminders} == {
        (False, 1)
    }


async def test_two_workers_at_once_tell_nobody_twice(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    both = await asyncio.gather(*(remind(worker_engine, tomorrow_at(21, 30)) for _ in range(2)))
    assert sum(done.messages for done in both) == 5
    assert await messages_by_login(admin_engine, "reminder.early") == EVERYBODY
