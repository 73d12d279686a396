"""The changed stays of one batch of events, found once for all checks."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.outbox.drain import Event


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Stays to look at, each once, in the order of their key: `facilities`, `stays` and `arrivals`
    run in parallel. `events` only said where to look. `now` is the database's clock.
    """

    events: Sequence[Event]
    facilities: list[UUID]
    stays: list[UUID]
    arrivals: list[date]
    now: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What the statements of checks are given. The dates let the database skip whole months."""
        return {
            "facilities": self.facilities,
            "stays": self.stays,
            "arrivals": self.arrivals,
            "first_arrival": min(self.arrivals),
            "last_arrival": max(self.arrivals),
            "near_from": min(self.arrivals) - NEAR,
            "near_to": max(self.arrivals) + NEAR,
        }


#: Brings the flags of one check to what the stays of a batch say now.
Run = Callable[[AsyncSession, Batch], Awaitable[None]]
#: How far around the changed stays others are looked for that matter to them.
NEAR = timedelta(days=92)

_FIND = text("""
SELECT DISTINCT stay.facility_id, stay.id, stay.arrival_date, statement_timestamp() AS now
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS event (facility_id, stay_id)
JOIN stay ON stay.facility_id = event.facility_id AND stay.id = event.stay_id
ORDER BY stay.facility_id, stay.id
""")


async def find_changed(
    session: AsyncSession, events: Sequence[Event], now: datetime | None = None
) -> Batch | None:
    """The stays that the events speak of; None when there are none."""
    keys = {(event.facility_id, UUID(event.payload["stay_id"])) for event in events}
    result = await session.execute(
        _FIND, {"facilities": [key[0] for key in keys], "stays": [key[1] for key in keys]}
    )
    rows = result.all()
    if not rows:
        return None
    return Batch(
        events=events,
        facilities=[row.facility_id for row in rows],
        stays=[row.id for row in rows],
        arrivals=[row.arrival_date for row in rows],
        now=now or rows[0].now,
    )
