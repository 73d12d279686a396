"""Put work on the outbox in the same transaction as what it is about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.notify.model import outbox

STAY_CHANGED = "stay.changed"
INCIDENT_CHANGED = "incident.changed"


async def enqueue(
    session: AsyncSession, topic: str, items: Sequence[tuple[UUID, dict[str, Any]]]
) -> None:
    """Add one row per (facility id, payload). Payloads hold ids only: no personal data."""
    rows = [
        {"facility_id": facility_id, "id": new_id(), "topic": topic, "payload": payload}
        for facility_id, payload in items
    ]
    if rows:
        await session.execute(insert(outbox), rows)
