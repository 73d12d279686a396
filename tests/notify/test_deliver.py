"""Delivering: once each, with leases, limits, retries; and no connection held meanwhile."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.codes.code_keys import code_keys
from asm.db.session import one_transaction
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome, OutgoingDelivery
from asm.notify.deliver import MAX_ATTEMPTS, Sender, deliver
from asm.notify.messages.texts import outside_text
from asm.notify.messages.write_messages import NewMessage, Recipient, write_messages
from tests.notify.messages.rows import KEYS, account_id, change, put_contact, rows

POST = Sender(
    public_url="https://asm.test", keys=KEYS, codes=code_keys(b"k" * 32), text_of=outside_text
)
Answer = Callable[[OutgoingDelivery], Awaitable[Outcome]]


class Hand:
    """Carries deliveries to the test. What real channels do is tested with real servers."""

    name = "email"

    def __init__(self, answer: Outcome | Answer | None = None) -> None:
        self.outgoing_deliveries: list[OutgoingDelivery] = []
        self.answer = answer or AcceptedDelivery()

    async def send(self, outgoing: OutgoingDelivery) -> Outcome:
        self.outgoing_deliveries.append(outgoing)
        return await self.answer(outgoing) if callable(self.answer) else self.answer

    async def close(self) -> None:
        """Nothing is open."""


async def put(engine: AsyncEngine, *keys: str, **changes: Any) -> uuid.UUID:
    """An announcement for Hải for each key, to be delivered to his address."""
    contact = await put_contact(engine, "hai", "email", {"email": "hai@nhatro.test"})
    person = Recipient(account_id=await account_id(engine, "hai"), role="landlord")
    facts = {"said": "Bảo trì.", "said_en": "Maintenance."}
    async with one_transaction(engine) as session:
        await write_messages(
            session,
            datetime.now(UTC) - timedelta(minutes=1),
            [
                NewMessage(
                    topic="outage", event_key=key, recipients=[person], facts=facts, **changes
                )
                for key in keys
            ],
        )
    return contact


async def deliveries(engine: AsyncEngine) -> list[Any]:
    return await rows(
        engine,
        "SELECT status, attempts, failure, permanent, provider_reference, leased_until, "
        "extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS wait_s "
        "FROM delivery ORDER BY id",
    )


async def make_due(engine: AsyncEngine) -> None:
    await change(engine, "UPDATE delivery SET next_attempt_at = clock_timestamp()")


async def test_each_goes_out_once_in_the_readers_language(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a", "b")
    await change(admin_engine, "UPDATE account SET language = 'en' WHERE login = 'hai'")
    hand = Hand(AcceptedDelivery(reference="42"))
    done = await deliver(worker_engine, POST, hand)
    assert (done.claimed, done.sent) == (2, 2)
    assert (await deliver(worker_engine, POST, hand)).claimed == 0
    assert {outgoing.address["email"] for outgoing in hand.outgoing_deliveries} == {
        "hai@nhatro.test"
    }
    assert {outgoing.message.text for outgoing in hand.outgoing_deliveries} == {"Maintenance."}
    assert {(row.status, row.attempts, row.provider_reference) for row in
            await deliveries(admin_engine)} == {("sent", 1, "42")}  # fmt: skip


async def test_told_twice_is_delivered_once(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a", "a")
    await put(admin_engine, "a")
    assert (await deliver(worker_engine, POST, Hand())).claimed == 1


async def test_what_may_pass_is_tried_again_with_growing_pauses_and_then_given_up(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    hand = Hand(Failed(why="smtp_451", permanent=False))
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        done = await deliver(worker_engine, POST, hand)
        assert (done.queued, done.failed) == ((1, 0) if attempt < MAX_ATTEMPTS else (0, 1))
        (row,) = await deliveries(admin_engine)
        assert (row.attempts, row.failure, row.permanent) == (attempt, "smtp_451", False)
        assert row.leased_until is None
        waits.append(row.wait_s)
        await make_due(admin_engine)
    assert waits[5] > 30 * 2**5 * 0.4 > waits[0] > 0
    assert (await deliver(worker_engine, POST, hand)).claimed == 0
    assert len({outgoing.id for outgoing in hand.outgoing_deliveries}) == 1


async def test_the_other_servers_pause_is_kept(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    await deliver(worker_engine, POST, Hand(Failed(why="http_429", permanent=False, after_s=900)))
    (row,) = await deliveries(admin_engine)
    assert 800 < row.wait_s <= 900


async def test_what_is_permanent_is_not_tried_again_and_a_dead_address_is_left(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    hand = Hand(Failed(why="smtp_550", permanent=True, gone=True))
    assert (await deliver(worker_engine, POST, hand)).failed == 1
    (row,) = await deliveries(admin_engine)
    assert (row.status, row.failure, row.permanent) == ("failed", "smtp_550", True)
    (contact,) = await rows(admin_engine, "SELECT removed_why FROM contact")
    assert contact.removed_why == "gone"


async def test_a_contact_that_was_left_meanwhile_gets_nothing(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    await change(admin_engine, "UPDATE contact SET removed_at = clock_timestamp()")
    hand = Hand()
    assert (await deliver(worker_engine, POST, hand)).failed == 1
    assert hand.outgoing_deliveries == []
    (row,) = await deliveries(admin_engine)
    assert row.failure == "contact_removed"


async def test_what_has_expired_is_given_up(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a", expires_at=datetime.now(UTC) - timedelta(hours=1))
    hand = Hand()
    assert (await deliver(worker_engine, POST, hand)).claimed == 0
    (row,) = await deliveries(admin_engine)
    assert (row.status, row.failure) == ("failed", "expired")
    assert hand.outgoing_deliveries == []


async def test_no_contact_gets_more_than_its_limit(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await change(admin_engine, "UPDATE notice_limit SET per_hour = 3 WHERE channel = 'email'")
    await put(admin_engine, *"abcde")
    hand = Hand()
    assert (await deliver(worker_engine, POST, hand)).sent == 3
    await make_due(admin_engine)
    assert (await deliver(worker_engine, POST, hand)).claimed == 0
    held = [row for row in await deliveries(admin_engine) if row.status == "queued"]
    assert {(row.failure, row.attempts) for row in held} == {("rate_limited", 0)}
    await change(
        admin_engine,
        "UPDATE delivery SET last_attempt_at = last_attempt_at - interval '61 min'",
    )
    await make_due(admin_engine)
    assert (await deliver(worker_engine, POST, hand)).sent == 2


async def test_no_connection_is_held_while_another_server_takes_its_time(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    open_ones = []

    async def look(_outgoing: OutgoingDelivery) -> Outcome:
        open_ones.extend(
            await rows(
                admin_engine,
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'asm-test-worker' AND state <> 'idle'",
            )
        )
        return AcceptedDelivery()

    assert (await deliver(worker_engine, POST, Hand(look))).sent == 1
    assert open_ones == []


async def test_killed_after_sending_it_goes_out_again_under_the_same_key(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    begun = asyncio.Event()

    async def hang(_outgoing: OutgoingDelivery) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("never")

    first, second = Hand(hang), Hand()
    task = asyncio.create_task(deliver(worker_engine, POST, first))
    await begun.wait()
    # Another worker leaves it alone while the lease holds.
    assert (await deliver(worker_engine, POST, second)).claimed == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await change(admin_engine, "UPDATE delivery SET leased_until = clock_timestamp()")
    assert (await deliver(worker_engine, POST, second)).sent == 1
    assert first.outgoing_deliveries[0].id == second.outgoing_deliveries[0].id


async def test_who_lost_the_lease_writes_nothing(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")

    async def outlived(_outgoing: OutgoingDelivery) -> Outcome:
        await change(admin_engine, "UPDATE delivery SET leased_until = clock_timestamp()")
        assert (await deliver(worker_engine, POST, Hand())).sent == 1
        return Failed(why="late", permanent=True)

    done = await deliver(worker_engine, POST, Hand(outlived))
    assert (done.claimed, done.failed) == (1, 0)
    (row,) = await deliveries(admin_engine)
    assert (row.status, row.failure) == ("sent", None)


async def test_two_workers_at_once_send_nothing_twice(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, *(str(number) for number in range(24)))
    hand = Hand()
    done = await asyncio.gather(*(deliver(worker_engine, POST, hand) for _ in range(2)))
    assert sum(each.sent for each in done) == 24
    assert len({each.id for each in hand.outgoing_deliveries}) == 24


async def test_a_contact_sealed_with_another_key_is_no_reason_to_stop(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await put(admin_engine, "a")
    await change(admin_engine, r"UPDATE contact SET sealed = '\x00112233445566778899aabbccddeeff'")
    assert (await deliver(worker_engine, POST, Hand())).failed == 1
    (row,) = await deliveries(admin_engine)
    assert row.failure == "contact_unreadable"
