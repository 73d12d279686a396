"""Put work on the outbox in the same transaction as what it is about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id

STAY_CHANGED = "stay.changed"
INCIDENT_CHANGED = "incident.changed"
#: Sent back, that is; activations are a topic of their own, for workers that know of it.
FACILITY_DECIDED = "facility.decided"
FACILITY_ACTIVATED = "facility.activated"
ANNOUNCED = "announcement.made"
CONTACT_ADDED = "contact.added"
#: One statement for any number of rows, whatever facility they are about.
_INSERT = text(
    "INSERT INTO outbox (facility_id, id, topic, payload) "
    "SELECT facility_id, id, topic, payload "
    "FROM json_populate_recordset(NULL::outbox, CAST(:rows AS json))"
)


async def enqueue(
    session: AsyncSession, topic: str, items: Sequence[tuple[UUID, dict[str, Any]]]
) -> None:
    """Add one row per (facility id, payload). Payloads hold ids only: no personal data."""
    rows = [
        {"facility_id": facility_id, "id": new_id(), "topic": topic, "payload": payload}
        for facility_id, payload in items
    ]
    if rows:
        await session.execute(_INSERT, {"rows": msgspec.json.encode(rows).decode()})
