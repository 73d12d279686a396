"""Move facilities to the ward they are in after a change of areas; where they were stays known."""

import msgspec
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.geo.areas.events import RecordedEvent

# A point a little outside every drawing, say at a pier, belongs to the nearest ward of the event.
_MOVE = text("""
WITH moved AS (
  SELECT f.id, f.ward_code AS before, f.ward_since, near.code AS after
  FROM facility f CROSS JOIN LATERAL (
    SELECT w.code FROM ward w WHERE w.code = ANY(:after) AND w.valid_to IS NULL
    ORDER BY ST_Distance(w.boundary, f.point), w.code LIMIT 1
  ) near
  WHERE f.ward_code = ANY(:before) AND near.code <> f.ward_code
    AND (f.ward_since IS NULL OR f.ward_since < :day)
), past AS (
  INSERT INTO facility_ward_past (facility_id, ward_code, valid_from, valid_to, event_id)
  SELECT id, before, ward_since, :day, :event FROM moved
)
UPDATE facility f SET ward_code = moved.after, ward_since = :day FROM moved
WHERE f.id = moved.id RETURNING f.id
""").bindparams(
    bindparam("before", type_=ARRAY(Text)),
    bindparam("after", type_=ARRAY(Text)),
)


# A facility's door is where the facility is; a household's, or nobody's yet, goes by its point.
_ADDRESSES = text("""
WITH moved AS (
  SELECT d.code, d.ward_code AS before, coalesce(f.ward_code, near.code) AS after
  FROM digital_address d LEFT JOIN facility f ON f.id = d.facility_id CROSS JOIN LATERAL (
    SELECT w.code FROM ward w WHERE w.code = ANY(:after) AND w.valid_to IS NULL
    ORDER BY ST_Distance(w.boundary, d.point), w.code LIMIT 1
  ) near
  WHERE d.ward_code = ANY(:before) AND coalesce(f.ward_code, near.code) <> d.ward_code
), told AS (
  INSERT INTO address_change (code, id, what, before, after)
  SELECT code, gen_random_uuid(), 'ward', jsonb_build_object('ward_code', before),
    jsonb_build_object('ward_code', after) FROM moved
)
UPDATE digital_address d SET ward_code = moved.after FROM moved
WHERE d.code = moved.code RETURNING d.code
""").bindparams(
    bindparam("before", type_=ARRAY(Text)),
    bindparam("after", type_=ARRAY(Text)),
)
# What is said of a place and waits for an officer: the one who oversees it now. What was settled
# stays with the ward of its day.
_FLAGS = text("""
UPDATE flag SET ward_code = f.ward_code FROM facility f JOIN facility_ward_past p
  ON p.facility_id = f.id AND p.event_id = :event AND p.valid_to = f.ward_since
WHERE flag.facility_id = f.id AND flag.stay_id IS NULL AND flag.ward_code = p.ward_code
  AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
""")


class MovedFacilities(msgspec.Struct, frozen=True, kw_only=True):
    """How many followed."""

    facilities: int
    addresses: int


async def reassign_facilities(session: AsyncSession, event: RecordedEvent) -> MovedFacilities:
    """Move those whose ward changed with the event, addresses with and without a facility, and
    flags about places.

    `session` must act as asm_keeper. Runs twice without harm: whoever has moved is in a ward of
    after.
    """
    wards = {"before": event.before, "after": event.after}
    done = await session.execute(_MOVE, {**wards, "day": event.happened_on, "event": event.id})
    doors = await session.execute(_ADDRESSES, wards)
    await session.execute(_FLAGS, {"event": event.id})
    return MovedFacilities(facilities=len(done.all()), addresses=len(doors.all()))
