"""Which late declarations an incident excuses: decided by rule, in the worker, and recorded.

The stay stays late and its receipt says so for ever; the excuse stands beside it, for the facility
and for its ward. What is so now decides: an incident that ends, or is withdrawn, is settled anew.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.statements import read_statements
from asm.outbox.drain import Event
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.rules.deadlines import GraceWindow, grace_window

#: Facilities in one step: short enough that no batch of events waits long.
SLICE: Final = 500

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
_SQL = read_statements(__name__)
_EXCUSE_SOME = text(_SQL["excuse_some"])
_INCIDENT = text("SELECT * FROM incident WHERE number = :number FOR SHARE")
_AFFECTED = text(_SQL["affected"])
_WITHDRAW = text(_SQL["withdraw"])
_EXCUSE_ALL = text(_SQL["excuse_all"])


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
            "facilities": [stay_row.facility_id for stay_row in late],
            "stays": [stay_row.id for stay_row in late],
        }
        await session.execute(_EXCUSE_SOME, bounds | stays)


async def apply_incidents(session: AsyncSession, events: Sequence[Event]) -> None:
    """Bring the excuses of changed incidents to what these say now, some facilities at a time."""
    for event in events:
        await _settle(session, event.payload["incident"], event)


async def _settle(session: AsyncSession, number: int, event: Event) -> None:
    row = (await session.execute(_INCIDENT, {"number": number})).one()
    after = UUID(event.payload.get("after", str(UUID(int=0))))
    ids = await session.execute(_AFFECTED, {"number": number, "after": after, "slice": SLICE})
    facilities = list(ids.scalars())
    if not facilities:
        return
    bounds = _bounds(number, grace_window(row.started_at, row.ended_at))
    bounds |= {"facilities": facilities}
    gone = await session.execute(_WITHDRAW, bounds | {"withdrawn": row.withdrawn_at is not None})
    # Another incident may excuse them still.
    await enqueue(
        session,
        Topic.STAY_CHANGED,
        [
            (stay_row.facility_id, {"stay_id": str(stay_row.id), "version": stay_row.version})
            for stay_row in gone
        ],
    )
    if row.withdrawn_at is None:
        excused = (await session.execute(_EXCUSE_ALL, bounds)).all()
        await enqueue(
            session,
            Topic.STAY_RECOUNT,
            [(stay_row.facility_id, {"stay_id": str(stay_row.stay_id)}) for stay_row in excused],
        )
    if len(facilities) == SLICE:
        rest = {"incident": number, "after": str(facilities[-1])}
        await enqueue(session, Topic.INCIDENT_CHANGED, [(event.facility_id, rest)])


def _bounds(number: int, window: GraceWindow) -> dict[str, Any]:
    return {
        "number": number,
        "rule": window.rule,
        "due_from": window.due_from,
        "due_to": window.due_to,
        "received_to": window.received_to,
    }
