"""How many deliveries went out on each channel, and what became of them: counts alone."""

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# In the order of the key, so that two channels' rounds wait instead of deadlocking.
_COUNT = text("""
INSERT INTO delivery_total AS known (channel, outcome, counted)
SELECT :channel, outcome, counted FROM json_each_text(CAST(:outcomes AS json)) AS told (outcome, n),
  LATERAL (SELECT CAST(n AS bigint) AS counted) AS number
WHERE counted > 0 ORDER BY outcome
ON CONFLICT (channel, outcome) DO UPDATE SET counted = known.counted + excluded.counted
""")
_TOTALS = text("SELECT channel, outcome, counted FROM delivery_total ORDER BY channel, outcome")
_WAITING = text("SELECT channel, waiting, oldest_s FROM deliveries_waiting() ORDER BY channel")
#: Status of a settled delivery → what it is counted as. `queued`: it is tried again.
OUTCOMES: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "queued": "retried",
    "failed": "failed",
}


class DeliveryTotals(msgspec.Struct, frozen=True, kw_only=True):
    """(channel, outcome) → since the beginning; channel → waiting now, and for how many seconds the
    first of them has been due.
    """

    totals: dict[tuple[str, str], int]
    waiting: dict[str, tuple[int, float]]


async def count_deliveries(
    session: AsyncSession, channel: str, statuses: Mapping[str, int]
) -> None:
    """Add these to the totals, in the transaction that settles them."""
    outcomes = {OUTCOMES[status]: number for status, number in statuses.items() if number}
    if outcomes:
        outcomes_json = msgspec.json.encode(outcomes).decode()
        await session.execute(_COUNT, {"channel": channel, "outcomes": outcomes_json})


async def delivery_totals(session: AsyncSession) -> DeliveryTotals:
    """The figures of this moment; nobody needs to see a delivery for them."""
    totals = (await session.execute(_TOTALS)).all()
    waiting = (await session.execute(_WAITING)).all()
    return DeliveryTotals(
        totals={(row.channel, row.outcome): row.counted for row in totals},
        waiting={row.channel: (row.waiting, row.oldest_s) for row in waiting},
    )
