"""Which late declarations an incident excuses: decided by rule, in the worker, and recorded.

The stay stays late and its receipt says so for ever; the excuse stands beside it, for the facility
and for its ward. What is so now decides: an incident that ends, or is withdrawn, is settled anew.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.outbox.drain import Event
from asm.outbox.post import INCIDENT_CHANGED, STAY_CHANGED, enqueue
from asm.stays.rules.deadlines import GraceWindow, grace_window

#: Facilities in one step: short enough that no batch of events waits long.
SLICE: Final = 500

# By the parameters of `_bounds`; the same words as GraceWindow.excuses.
_EXCUSED = """NOT stay.on_time AND stay.due_at >= :due_from
  AND stay.due_at <= coalesce(CAST(:due_to AS timestamptz), 'infinity')
  AND stay.received_at <= coalesce(CAST(:received_to AS timestamptz), 'infinity')"""
# Where the facility was while it lasted: a change of areas since moves nobody in or out of it.
_WAS_THERE = """(incident.everywhere
  OR facility.ward_code = ANY(incident.wards) AND coalesce(facility.ward_since <=
    date(coalesce(incident.ended_at, 'infinity') AT TIME ZONE 'Asia/Ho_Chi_Minh'), true)
  OR EXISTS (SELECT FROM facility_ward_past AS past
    WHERE past.facility_id = facility.id AND past.ward_code = ANY(incident.wards)
      AND past.valid_to > date(incident.started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')
      AND coalesce(past.valid_from <=
        date(coalesce(incident.ended_at, 'infinity') AT TIME ZONE 'Asia/Ho_Chi_Minh'), true))
  OR EXISTS (SELECT FROM incident_facility AS named
    WHERE named.incident_number = incident.number AND named.facility_id = facility.id))"""
_LATE = text("""
SELECT stay.facility_id, stay.id, stay.ward_code, stay.due_at
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS changed (facility_id, stay_id)
JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
WHERE NOT stay.on_time
""")
# An hour is the least that any rule's last stretch was; the window decides exactly.
_NEAR = text("""
SELECT number, started_at, ended_at FROM incident
WHERE withdrawn_at IS NULL AND started_at <= :last
  AND coalesce(ended_at, 'infinity') >= CAST(:first AS timestamptz) - interval '1 day'
ORDER BY number
""")
_EXCUSE_SOME = text(f"""
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT stay.facility_id, stay.id, :number, stay.ward_code, :rule
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS late (facility_id, stay_id)
JOIN stay ON stay.facility_id = late.facility_id AND stay.id = late.stay_id
JOIN facility ON facility.id = stay.facility_id
JOIN incident ON incident.number = :number
WHERE {_EXCUSED} AND {_WAS_THERE}
ORDER BY stay.facility_id, stay.id
ON CONFLICT (facility_id, stay_id) DO NOTHING
""")  # noqa: S608 -- a constant above
_INCIDENT = text("SELECT * FROM incident WHERE number = :number FOR SHARE")
_AFFECTED = text(f"""
SELECT facility.id FROM facility JOIN incident ON incident.number = :number
WHERE facility.id > :after AND {_WAS_THERE}
ORDER BY facility.id LIMIT :slice
""")  # noqa: S608 -- a constant above
_WITHDRAW = text(f"""
DELETE FROM stay_excuse AS excuse USING stay
WHERE excuse.facility_id = ANY(:facilities) AND excuse.incident_number = :number
  AND stay.facility_id = excuse.facility_id AND stay.id = excuse.stay_id
  AND (:withdrawn OR NOT ({_EXCUSED}))
RETURNING stay.facility_id, stay.id, stay.version
""")  # noqa: S608 -- a constant above
# A deadline is at most a day and a half after the arrival.
_EXCUSE_ALL = text(f"""
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT stay.facility_id, stay.id, :number, stay.ward_code, :rule FROM stay
WHERE stay.facility_id = ANY(:facilities)
  AND stay.arrived_at BETWEEN CAST(:due_from AS timestamptz) - interval '36 hours'
    AND coalesce(CAST(:due_to AS timestamptz), 'infinity')
  AND {_EXCUSED}
ORDER BY stay.facility_id, stay.id
ON CONFLICT (facility_id, stay_id) DO NOTHING
""")  # noqa: S608 -- a constant above


async def excuse_stays(session: AsyncSession, events: Sequence[Event]) -> None:
    """Excuse the changed stays that are late because of an incident in the log."""
    keys = {(event.facility_id, UUID(event.payload["stay_id"])) for event in events}
    late = (
        await session.execute(
            _LATE, {"facilities": [key[0] for key in keys], "stays": [key[1] for key in keys]}
        )
    ).all()
    if not late:
        return
    due = [row.due_at for row in late]
    near = await session.execute(_NEAR, {"first": min(due), "last": max(due)})
    for row in near.all():
        bounds = _bounds(row.number, grace_window(row.started_at, row.ended_at))
        stays = {
            "facilities": [one.facility_id for one in late],
            "stays": [one.id for one in late],
        }
        await session.execute(_EXCUSE_SOME, bounds | stays)


async def apply_incidents(session: AsyncSession, events: Sequence[Event]) -> None:
    """Bring the excuses of changed incidents to what these say now, some facilities at a time."""
    for event in events:
        await _settle(session, event.payload["incident"], event)


async def _settle(session: AsyncSession, number: int, event: Event) -> None:
    row = (await session.execute(_INCIDENT, {"number": number})).one()
    after = UUID(event.payload.get("after", str(UUID(int=0))))
    found = await session.execute(_AFFECTED, {"number": number, "after": after, "slice": SLICE})
    facilities = list(found.scalars())
    if not facilities:
        return
    bounds = _bounds(number, grace_window(row.started_at, row.ended_at))
    bounds |= {"facilities": facilities}
    gone = await session.execute(_WITHDRAW, bounds | {"withdrawn": row.withdrawn_at is not None})
    # Another incident may excuse them still.
    await enqueue(
        session,
        STAY_CHANGED,
        [(one.facility_id, {"stay_id": str(one.id), "version": one.version}) for one in gone],
    )
    if row.withdrawn_at is None:
        await session.execute(_EXCUSE_ALL, bounds)
    if len(facilities) == SLICE:
        rest = {"incident": number, "after": str(facilities[-1])}
        await enqueue(session, INCIDENT_CHANGED, [(event.facility_id, rest)])


def _bounds(number: int, window: GraceWindow) -> dict[str, Any]:
    return {
        "number": number,
        "rule": window.rule,
        "due_from": window.due_from,
        "due_to": window.due_to,
        "received_to": window.received_to,
    }
