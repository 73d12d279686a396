"""What was said of houses: rooms, closures, whether and where open, "no guests tonight"."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.houses import count_houses, wards_of
from asm.analytics.totals.ledger import count_keys
from asm.analytics.totals.nights import open_nights
from asm.outbox.drain import Event

#: A room that gets another number of beds today had the one before on the nights of long ago: these
#: keep what was valid then.
REACH: Final = timedelta(days=62)
_OF_ANOTHER_KIND: Final = text(
    "SELECT l.facility_id, l.stay_id FROM counted_stay l JOIN facility f ON f.id = l.facility_id "
    "WHERE l.facility_id = ANY(CAST(:facilities AS uuid[])) AND l.kind <> f.kind"
)


async def refresh_capacity(
    session: AsyncSession, events: Sequence[Event], now: datetime | None = None
) -> None:
    """Count the houses of the wards of some facilities anew, from the night `since` of each event
    on. The stays of a facility whose kind was corrected move to the new kind.
    """
    nights = await open_nights(session, now)
    facilities = {event.facility_id for event in events}
    moved = await session.execute(_OF_ANOTHER_KIND, {"facilities": list(facilities)})
    await count_keys(session, {(row.facility_id, row.stay_id) for row in moved}, nights.last)
    since_of: dict[UUID, date] = {}
    for event in events:
        since = date.fromisoformat(event.payload["since"])
        since_of[event.facility_id] = min(since, since_of.get(event.facility_id, since))
    together = defaultdict(list)
    for facility_id, since in since_of.items():
        together[max(since, nights.first, nights.last - REACH)].append(facility_id)
    for since, changed in sorted(together.items()):
        await count_houses(session, since, nights.last, await wards_of(session, changed))


async def refresh_quiet(
    session: AsyncSession, events: Sequence[Event], now: datetime | None = None
) -> None:
    """Count the houses of the wards of facilities anew that said "no guests" for a night."""
    nights = await open_nights(session, now)
    together = defaultdict(list)
    for event in events:
        together[date.fromisoformat(event.payload["night"])].append(event.facility_id)
    for night, facilities in sorted(together.items()):
        if nights.first <= night <= nights.last:
            await count_houses(session, night, night, await wards_of(session, facilities))
