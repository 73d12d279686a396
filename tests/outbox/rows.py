"""Rows of the outbox for tests, and handlers that do them, refuse them or fail."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import one_transaction
from asm.outbox.drain import Event, Handler
from asm.outbox.post import enqueue

TOPIC = "test.told"


async def put(engine: AsyncEngine, *names: str, topic: str = TOPIC) -> None:
    async with one_transaction(engine) as session:
        await enqueue(session, topic, [(uuid4(), {"name": name}) for name in names])


async def outbox(engine: AsyncEngine) -> dict[str, Any]:
    async with one_transaction(engine) as session:
        rows = await session.execute(text("SELECT *, payload->>'name' AS name FROM outbox"))
        return {row.name: row for row in rows}


async def effects(engine: AsyncEngine) -> list[str]:
    """What `write_down` did, once for each time that it was done for good."""
    async with one_transaction(engine) as session:
        rows = await session.execute(
            text("SELECT details->>'name' FROM audit_entry WHERE action = 'test' ORDER BY 1")
        )
        return [row[0] for row in rows]


async def write_down(session: AsyncSession, events: Sequence[Event]) -> None:
    for event in events:
        await session.execute(
            text(
                "INSERT INTO audit_entry (facility_id, id, actor_role, action, details) "
                "VALUES (:facility, gen_random_uuid(), 'worker', 'test', "
                "jsonb_build_object('name', CAST(:name AS text)))"
            ),
            {"facility": event.facility_id, "name": event.payload["name"]},
        )


class PoisonError(Exception):
    """Its text is as personal as can be."""


def refusing(*names: str) -> Handler:
    async def handler(session: AsyncSession, events: Sequence[Event]) -> None:
        await write_down(session, events)
        if {event.payload["name"] for event in events} & set(names):
            raise PoisonError("Nguyễn Văn Mẫu 001090123456")

    return handler


async def make_due(admin_engine: AsyncEngine) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = clock_timestamp()"))
