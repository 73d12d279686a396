"""Which changes a stay may still have: after departure hardly any, and none into another stay of
the same person.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.db.base import vietnam_time
from asm.errors import Conflict
from asm.stays.arrivals.standing import StandingStay, standing_stays
from asm.stays.changes import Change, ChangeRequest, Depart, UndoDeparture
from asm.stays.model import stay_version
from asm.stays.rules.periods import UNDO_DEPARTURE, Period, overlap, period_of


async def refuse_after_departure(scope: Scope, row: Any, change: Change) -> None:
    """Raises Conflict: stay_departed for a change of who has left; stay_not_departed and
    undo_departure_late for an undoing of nothing, or later than UNDO_DEPARTURE.
    """
    undoing = isinstance(change, UndoDeparture)
    if row.departed_at is None:
        if undoing:
            raise Conflict("stay_not_departed")
        return
    hours = int(UNDO_DEPARTURE.total_seconds() // 3600)
    if not undoing:
        raise Conflict("stay_departed", hours=hours)
    recorded_at = await _departure_recorded_at(scope.session, row)
    if recorded_at is not None and scope.actor.now - recorded_at > UNDO_DEPARTURE:
        raise Conflict("undo_departure_late", hours=hours)


async def _departure_recorded_at(session: AsyncSession, row: Any) -> datetime | None:
    recorded = await session.execute(
        select(func.max(stay_version.c.changed_at)).where(
            stay_version.c.facility_id == row.facility_id,
            stay_version.c.stay_id == row.id,
            stay_version.c.change == Depart.word,
        )
    )
    moment: datetime | None = recorded.scalar_one()
    return moment


async def leave_before_the_next(scope: Scope, row: Any, request: ChangeRequest) -> ChangeRequest:
    """A departure without an hour is now; for who has come again meanwhile, it is when that stay
    began: nobody leaves a room after arriving in the next one.
    """
    change = request.change
    if not isinstance(change, Depart) or change.departed_at is not None:
        return request
    others = await _others(scope.session, row, row.person_ref, row.arrived_at)
    later = [
        known.arrived_at for known in others if row.arrived_at <= known.arrived_at < scope.actor.now
    ]
    if not later:
        return request
    left_at = Depart(departed_at=vietnam_time(min(later)))
    return msgspec.structs.replace(request, change=left_at)


async def refuse_overlap(session: AsyncSession, row: Any, person: UUID, period: Period) -> None:
    """Raises Conflict stay_already_declared when the stay of `row`, with this person and period,
    would overlap another one that it does not overlap as it is. The person is locked.
    """
    before = period_of(row, row.departed_at)
    for known in await _others(session, row, person, period.arrived_at):
        stood = person == row.person_ref and overlap(before, known.period)
        if overlap(period, known.period) and not stood:
            raise Conflict("stay_already_declared")


async def _others(
    session: AsyncSession, row: Any, person: UUID, since: datetime
) -> list[StandingStay]:
    standing = await standing_stays(session, {(row.facility_id, person)}, since)
    return [known for known in standing.get(person, ()) if known.id != row.id]
