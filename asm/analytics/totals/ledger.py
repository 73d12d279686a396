"""Totals follow the outbox: subtract what the ledger says of a stay, add what the stay says now.

The events only say which stays to look at. What they are now is read from their rows, what of them
is in the totals from the ledger, and the difference is written with the new ledger row in the
transaction that takes the event out of the outbox: told twice, late or in any order, the totals end
up the same, and a worker killed at any moment leaves either all of it or nothing.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.analytics.totals.houses import HOUSES_SQL
from asm.analytics.totals.nights import open_nights
from asm.analytics.totals.revisits import settle_revisits
from asm.db.statements import read_statements
from asm.outbox.drain import Event

StayKey = tuple[UUID, UUID]
_SQL: Final = read_statements(__name__, CONTRIBUTIONS, HOUSES_SQL)
_COUNT: Final = text(_SQL["count_stays"])
_REFRESHED: Final = text("UPDATE totals_state SET refreshed_at = clock_timestamp()")
#: Before any night of any stay.
EVER: Final = date(1900, 1, 1)


async def count_stays(
    session: AsyncSession, events: Sequence[Event], now: datetime | None = None
) -> None:
    """Let the totals follow the stays that the events speak of. `now`: the database's clock."""
    nights = await open_nights(session, now)
    keys = {(event.facility_id, UUID(event.payload["stay_id"])) for event in events}
    await count_keys(session, keys, nights.last)
    await session.execute(_REFRESHED)


async def count_keys(session: AsyncSession, keys: Collection[StayKey], last: date) -> None:
    """The same for stays by (facility id, stay id). The caller holds Lock.COUNT_TOTALS, and `last`
    is the last night that is open.
    """
    if not keys:
        return
    values: dict[str, Any] = {
        "facilities": [key[0] for key in keys],
        "stays": [key[1] for key in keys],
        "since": EVER,
        "last": last,
    }
    changed = (await session.execute(_COUNT, values)).all()
    await settle_revisits(session, [(row.facility_id, row.person_ref) for row in changed], last)
