"""Move facilities to the ward they are in after a change of areas; where they were stays known."""

import msgspec
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.geo.areas.events import RecordedEvent
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

_SQL = read_statements(__name__)
_MOVE = text(_SQL["move"]).bindparams(
    bindparam("before", type_=ARRAY(Text)),
    bindparam("after", type_=ARRAY(Text)),
)


_ADDRESSES = text(_SQL["move_addresses"]).bindparams(
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
    since = {"since": event.happened_on.isoformat()}
    ids = list(done.scalars())
    await enqueue(session, Topic.CAPACITY_CHANGED, [(facility_id, since) for facility_id in ids])
    return MovedFacilities(facilities=len(ids), addresses=len(doors.all()))
