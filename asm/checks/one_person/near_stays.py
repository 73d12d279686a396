"""The stays of all people whom the changed stays are or were about: loaded once for the checks that
compare a person's stays with each other.

Stays are partitioned by month of arrival. Loaded is who arrived from three months before the first
changed stay until today, so only these months are read. A stay that began before that and still
goes on is compared with the later ones when it is itself changed; once a flag stands between two
such stays, both are loaded, however far apart they began.
"""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import NEAR, Batch
from asm.checks.one_person.overlaps import KnownStay
from asm.db.statements import read_statements

#: No arrival is declared further ahead than a day (rule `stay.arrived_at.future`).
AHEAD: Final = timedelta(days=2)
#: For so many, the plan is made anew: one for any number of stays takes them for ten, and with ten
#: it may read all stays of a house for each. For fewer, planning costs more than it saves.
MANY: Final = 50
_PLANNED = text("SELECT set_config('plan_cache_mode', :mode, true)")

# By the slot of the current index key, which is complete at any moment; the other one is not
# while the key rotates. And since when anybody arrived by what was ever told of the changed stays,
# so that one that was moved leaves its former neighbours settled, too.
_BEFORE = text("""
SELECT (SELECT slot FROM vault.wrapped_key WHERE purpose = 'index' AND state = 'current') AS slot,
  (SELECT min(CAST(version.content ->> 'arrived_at' AS timestamptz))
    FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS told (facility_id, stay_id)
    JOIN stay_version AS version USING (facility_id, stay_id)) AS arrived_at
""")
_SQL = read_statements(__name__)
_KNOWN = {"a": text(_SQL["known_by_a"]), "b": text(_SQL["known_by_b"])}

# The other stays that standing flags of the changed ones name, by any check that compares two.
_FLAGGED_WITH = text("""
SELECT evidence ->> 'other_stay_id' AS other FROM flag
WHERE facility_id = ANY(:facilities) AND stay_id = ANY(:stays) AND closed_at IS NULL
  AND evidence ? 'other_stay_id'
""")


async def stays_of_same_people(session: AsyncSession, batch: Batch) -> list[KnownStay]:
    """Those, and the changed stays themselves where they are void or have no document."""
    keys = {"facilities": batch.facilities, "stays": batch.stays}
    before = (await session.execute(_BEFORE, keys)).one()
    # Before the first key there is no document to compare.
    statement = _KNOWN[before.slot or "a"]
    first = min(before.arrived_at.date(), *batch.arrivals)
    last = max(batch.now.date(), *batch.arrivals)
    known = await _arrived(session, batch, statement, (first - NEAR, last + AHEAD))
    flagged = await session.execute(_FLAGGED_WITH, keys)
    if {UUID(other) for other in flagged.scalars()} - {stay.id for stay in known}:
        known = await _arrived(session, batch, statement, (date.min, date.max))
    return known


async def _arrived(
    session: AsyncSession, batch: Batch, statement: TextClause, span: tuple[date, date]
) -> list[KnownStay]:
    values = batch.values | {"since": span[0], "until": span[1]}
    many = len(batch.stays) >= MANY
    if many:
        await session.execute(_PLANNED, {"mode": "force_custom_plan"})
    rows = await session.execute(statement, values)
    if many:
        await session.execute(_PLANNED, {"mode": "auto"})
    return [msgspec.convert(row, KnownStay) for row in rows.mappings()]
