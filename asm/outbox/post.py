"""Put work on the outbox in the same transaction as what it is about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.db.direct import as_json, insert_of
from asm.outbox.model import OutboxRow, outbox
from asm.outbox.topics import Topic

#: One statement for any number of rows, whatever facility they are about.
_INSERT = text(insert_of(outbox, OutboxRow, ":rows"))


async def enqueue(
    session: AsyncSession, topic: Topic, items: Sequence[tuple[UUID, dict[str, Any]]]
) -> None:
    """Add one row per (facility id, payload). Payloads hold ids only: no personal data."""
    if items:
        await session.execute(_INSERT, {"rows": as_json(event_rows(topic, items))})


def insert_events(parameter: str) -> str:
    """The statement that adds `event_rows`, for who writes them together with what they are of."""
    return insert_of(outbox, OutboxRow, parameter)


def event_rows(topic: Topic, items: Sequence[tuple[UUID, dict[str, Any]]]) -> list[OutboxRow]:
    """(facility id, payload) as rows of the outbox, each with an id."""
    return [
        OutboxRow(facility_id=facility_id, id=new_id(), topic=topic, payload=payload)
        for facility_id, payload in items
    ]
