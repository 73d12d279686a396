"""Put an invented week into the totals of a test's database."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.published.week import WeekCounts

_GUESTS = text(
    "INSERT INTO origin_night (ward_code, night, kind, residence, reason, tourism, arrivals, "
    "guest_nights) VALUES (:ward, :night, :kind, :residence, 1, :tourism, :arrivals, "
    ":guest_nights) ON CONFLICT (ward_code, night, kind, residence, reason, tourism) DO UPDATE "
    "SET arrivals = excluded.arrivals, guest_nights = excluded.guest_nights"
)
_BEDS = text(
    "INSERT INTO ward_night (ward_code, night, kind, facilities_active, facilities_stayed, "
    "facilities_said, beds_open, known_nights) VALUES (:ward, :night, :kind, :active, :stayed, "
    ":said, :beds_open, :known) ON CONFLICT DO NOTHING"
)
_STATE = text("UPDATE totals_state SET last_night = :night")


async def wards_of(session: AsyncSession) -> dict[str, str]:
    """A ward of each province."""
    rows = await session.execute(text("SELECT province_code, min(code) FROM ward GROUP BY 1"))
    return {row[0]: row[1] for row in rows}


async def store(session: AsyncSession, week: WeekCounts, *, until: date) -> None:
    """All of the week on its Wednesday; totals are kept up to `until`. As a superuser."""
    wards = await wards_of(session)
    night = week.monday + timedelta(days=2)

    async def put(statement: Any, rows: Iterable[Any]) -> None:
        for row in rows:
            fields = {name: getattr(row, name) for name in row.__struct_fields__}
            fields["ward"] = wards[fields.pop("province")]
            await session.execute(statement, fields | {"night": night})

    await put(_GUESTS, week.guests)
    await put(_BEDS, week.beds)
    await session.execute(_STATE, {"night": until})
    await session.commit()
