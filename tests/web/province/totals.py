"""Totals as a worker would have made them, put there by hand: what pages show of them is tested,
how they come about is not.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.facilities.nights import current_night

_STATE = """
INSERT INTO totals_state (first_night, last_night, refreshed_at)
VALUES (:first, :last, clock_timestamp())
ON CONFLICT (singleton) DO UPDATE SET first_night = excluded.first_night,
  last_night = excluded.last_night, refreshed_at = excluded.refreshed_at
"""


async def run(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with one_transaction(engine) as session:
        await session.execute(text(statement), values)


async def tonight(engine: AsyncEngine) -> date:
    """The night in progress, which the totals reach from now on."""
    async with one_transaction(engine) as session:
        night = current_night(await database_now(session))
    await run(engine, _STATE, first=night - timedelta(days=40), last=night)
    return night


async def put_totals(engine: AsyncEngine, night: date, ward: str, **counts: int) -> None:
    """Figures of a ward's hotels; names as the columns, of both tables."""
    houses = {name: n for name, n in counts.items() if name.startswith(("facilities", "beds"))}
    houses |= {name: counts[name] for name in ("known_nights",) if name in counts}
    stays = {name: n for name, n in counts.items() if name not in houses}
    for table, keys, measures in (
        ("ward_night", {"kind": "hotel"}, houses),
        ("night_total", {"kind": "hotel", "tourism": True}, stays),
    ):
        row = {"night": night, "ward_code": ward} | keys | measures
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        await run(engine, f"INSERT INTO {table} ({names}) VALUES ({marks})", **row)
