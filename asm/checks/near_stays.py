"""The stays of all people whom the changed stays are or were about: loaded once for the checks that
compare a person's stays with each other.
"""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.batch import Batch
from asm.checks.overlaps import KnownStay

# All live stays of every person that a changed stay was ever declared for, so that an amended
# document settles the stays of the person it named before, too; and the changed stays themselves
# when they are void or have no document.
_KNOWN_BY = """
WITH changed AS (
  SELECT DISTINCT facility_id, stay_id
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS event (facility_id, stay_id)
), person AS (
  SELECT DISTINCT known.{index} AS person
  FROM changed
  JOIN stay_version AS version USING (facility_id, stay_id)
  JOIN vault.guest_record AS told
    ON told.facility_id = version.facility_id AND told.id = version.guest_record_id
  JOIN vault.person AS known
    ON known.facility_id = told.facility_id AND known.ref = told.person_ref
  WHERE known.{index} IS NOT NULL
), near AS (
  SELECT stay.*, person.person, told.{name} AS name
  FROM person
  JOIN vault.person AS known ON known.{index} = person.person
  JOIN stay ON stay.facility_id = known.facility_id AND stay.person_ref = known.ref
  JOIN vault.guest_record AS told
    ON told.facility_id = stay.facility_id AND told.id = stay.guest_record_id
  WHERE stay.voided_at IS NULL
  UNION ALL
  SELECT stay.*, known.{index}, NULL
  FROM changed
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
  LEFT JOIN vault.person AS known
    ON known.facility_id = stay.facility_id AND known.ref = stay.person_ref
  WHERE stay.voided_at IS NOT NULL OR known.{index} IS NULL
)
SELECT facility_id, id, arrival_date, ward_code, version, person, name, arrived_at, received_at,
  planned_departure_at, departed_at, first_night, end_night, superseded_from,
  voided_at IS NOT NULL AS voided
FROM near
"""
# By the slot of the current index key, which is complete at any moment; the other one is not
# while the key rotates.
_SLOT = text("SELECT slot FROM vault.wrapped_key WHERE purpose = 'index' AND state = 'current'")
_KNOWN = {
    slot: text(_KNOWN_BY.format(index=f"index_{slot}", name=f"name_{slot}")) for slot in ("a", "b")
}


async def stays_of_same_people(session: AsyncSession, batch: Batch) -> list[KnownStay]:
    """Those, and the changed stays themselves where they are void or have no document."""
    # Before the first key there is no document to compare.
    slot = (await session.execute(_SLOT)).scalar_one_or_none() or "a"
    found = await session.execute(
        _KNOWN[slot], {"facilities": batch.facilities, "stays": batch.stays}
    )
    return [msgspec.convert(row, KnownStay) for row in found.mappings()]
