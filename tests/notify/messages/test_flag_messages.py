"""Flags by severity to the ward's officers, quiet hours, digests; never to the facility."""

import uuid
from collections import Counter
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, Cast
from asm.notify.messages.flag_messages import send_digests, write_flag_messages
from tests.notify.messages.clock import tomorrow_at
from tests.notify.messages.rows import account_id, change, messages_by_login, put_contact, rows

NOON, NIGHT = tomorrow_at(12), tomorrow_at(23, 30)


async def raise_flag(
    engine: AsyncEngine, cast: Cast, severity: str, check_id: str = "guest-without-papers"
) -> uuid.UUID:
    new = uuid.uuid4()
    await change(
        engine,
        "INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence) "
        "VALUES (:f, :id, :check, :subject, :severity, :ward, '{}')",
        f=cast.hoa_sen, id=new, subject=str(new), severity=severity, ward=WARD_A,
        check=check_id,
    )  # fmt: skip
    return new


async def test_high_and_medium_are_told_and_low_waits_for_the_digest(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for severity in ("high", "medium", "low"):
        await raise_flag(admin_engine, cast, severity)
    assert await write_flag_messages(worker_engine, NOON) == 3
    assert await write_flag_messages(worker_engine, NOON) == 0
    assert await messages_by_login(admin_engine, "flag.high") == Counter({"minh": 1})
    assert await messages_by_login(admin_engine, "flag.medium") == Counter({"minh": 1})
    assert await messages_by_login(admin_engine, "flag.low") == Counter()


async def test_a_flag_raised_again_is_told_again_and_a_closed_one_not(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    again, closed = [await raise_flag(admin_engine, cast, "high") for _ in range(2)]
    await change(
        admin_engine, "UPDATE flag SET closed_at = clock_timestamp() WHERE id = :id", id=closed
    )
    assert await write_flag_messages(worker_engine) == 1
    await change(
        admin_engine, "UPDATE flag SET raised_at = clock_timestamp() WHERE id = :id", id=again
    )
    assert await write_flag_messages(worker_engine) == 1
    assert await messages_by_login(admin_engine, "flag.high") == Counter({"minh": 2})


async def deliveries(engine: AsyncEngine) -> dict[tuple[str, str], datetime]:
    delivery_rows = await rows(
        engine,
        "SELECT topic, channel, next_attempt_at AS due FROM delivery JOIN message "
        "ON message.facility_id = delivery.facility_id AND message.id = delivery.message_id",
    )
    return {(row.topic, row.channel): row.due for row in delivery_rows}


async def test_quiet_hours_hold_back_what_can_wait(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put_contact(admin_engine, "minh", "web_push", {})
    await put_contact(admin_engine, "minh", "email", {})
    for severity in ("high", "medium"):
        await raise_flag(admin_engine, cast, severity)
    await write_flag_messages(worker_engine, NIGHT)
    assert await deliveries(admin_engine) == {
        ("flag.high", "web_push"): NIGHT,
        ("flag.high", "email"): NIGHT,
        ("flag.medium", "web_push"): tomorrow_at(6, days=1),
    }


async def test_quiet_hours_are_the_accounts_own(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put_contact(admin_engine, "minh", "web_push", {})
    me = await account_id(admin_engine, "minh")
    await change(admin_engine, "INSERT INTO notice_hours VALUES (:me, '11:00', '13:15')", me=me)
    await raise_flag(admin_engine, cast, "medium")
    await write_flag_messages(worker_engine, NOON)
    assert await deliveries(admin_engine) == {("flag.medium", "web_push"): tomorrow_at(13, 15)}


async def test_the_digest_comes_once_a_morning_and_counts_what_waits(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    assert await send_digests(worker_engine, tomorrow_at(7, 29)) == 0
    await raise_flag(admin_engine, cast, "high")
    for _ in range(35):
        await raise_flag(admin_engine, cast, "low", "declared-late")
    assert await send_digests(worker_engine, tomorrow_at(7, 45)) == 1
    assert await send_digests(worker_engine, tomorrow_at(8, 15)) == 0
    assert await messages_by_login(admin_engine, "flag.digest") == Counter({"minh": 1})
    (row,) = await rows(admin_engine, "SELECT facts FROM message")
    assert (row.facts["total"], row.facts["high"], row.facts["low"]) == (2, 1, 1)


async def test_what_has_one_cause_and_came_at_once_is_one_message(
    cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for _ in range(35):
        await raise_flag(admin_engine, cast, "high")
    assert await write_flag_messages(worker_engine, NOON) == 35
    assert await messages_by_login(admin_engine, "flag.high") == Counter({"minh": 1})
