"""The ward suspends a facility, and lets it go on.

A suspension is a closure that the ward orders: on its nights the house is neither counted as open
nor expected to declare, and nobody is reminded. Declaring stays possible: whoever sleeps there must
be declared all the same (Residence Law 68/2020, Art. 30, knows no exception for a house that should
be empty), and a check shows the ward who was. Only the ward ends it.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import insert, select, update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import account
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.db.base import new_id
from asm.errors import Conflict, Invalid
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import closure
from asm.facilities.nights import current_night
from asm.facilities.scope import facility_in_scope, lock_facility, require_ward
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

#: Until somebody ends it.
OPEN_END: Final = date(2999, 12, 31)
MOST_REASON: Final = 500


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """From the night `since` until the night `until` (which is open again; None: until further
    notice), with the reasons of both. `ordered_by`: display name, None for an account that is gone.
    """

    id: UUID
    since: date
    until: date | None
    reason: str
    ordered_by: str | None
    ordered_at: datetime
    end_reason: str | None


async def suspensions_of(scope: Scope, facility_id: UUID) -> list[Suspension]:
    """All of a facility, the latest first. Raises not_found."""
    facility = await facility_in_scope(scope, facility_id)
    rows = await scope.session.execute(
        select(closure, account.c.display_name)
        .outerjoin(account, account.c.id == closure.c.ordered_by)
        .where(closure.c.facility_id == facility.id, closure.c.ordered_by.is_not(None))
        .order_by(closure.c.ordered_at.desc(), closure.c.id)
    )
    return [_view(row) for row in rows]


async def suspend_facility(scope: Scope, facility_id: UUID, reason: str) -> Suspension:
    """Suspend an active facility from this night on; `reason` (1-500 characters) is read by its
    people. Raises NotAllowed, not_found, Invalid `reason_length`, Conflict `facility_not_active`,
    `facility_suspended`.
    """
    facility = await _own(scope, facility_id)
    text = _reason(reason)
    if facility.status != "active":
        raise Conflict("facility_not_active", text="facility_not_active.closing")
    await lock_facility(scope.session, facility.id)
    if await _standing(scope, facility.id) is not None:
        raise Conflict("facility_suspended")
    new, tonight = new_id(), current_night(scope.actor.now)
    await scope.session.execute(
        insert(closure).values(
            facility_id=facility.id,
            id=new,
            starts_on=tonight,
            ends_on=OPEN_END,
            reason=text,
            ordered_by=scope.actor.id,
            ordered_at=scope.actor.now,
        )
    )
    await record_deed(scope, "facility.suspended", facility, subject_id=new, capacity_since=tonight)
    await enqueue(scope.session, Topic.FACILITY_SUSPENDED, [(facility.id, {"id": str(new)})])
    return (await suspensions_of(scope, facility.id))[0]


async def resume_facility(scope: Scope, facility_id: UUID, reason: str) -> Suspension:
    """End the suspension from this night on; the night that it began on stays suspended. Raises
    NotAllowed, not_found, Invalid `reason_length`, Conflict `facility_not_suspended`.
    """
    facility = await _own(scope, facility_id)
    text = _reason(reason)
    await lock_facility(scope.session, facility.id)
    standing = await _standing(scope, facility.id)
    if standing is None:
        raise Conflict("facility_not_suspended")
    opens = max(current_night(scope.actor.now), standing.starts_on + timedelta(days=1))
    await scope.session.execute(
        update(closure)
        .where(closure.c.facility_id == facility.id, closure.c.id == standing.id)
        .values(
            ends_on=opens,
            ended_by=scope.actor.id,
            ended_at=scope.actor.now,
            end_reason=text,
        )
    )
    await record_deed(
        scope, "facility.resumed", facility, subject_id=standing.id, capacity_since=opens
    )
    await enqueue(scope.session, Topic.FACILITY_RESUMED, [(facility.id, {"id": str(standing.id)})])
    return (await suspensions_of(scope, facility.id))[0]


def standing_suspension(suspensions: list[Suspension]) -> Suspension | None:
    """The one that holds until further notice, if any."""
    return next((each for each in suspensions if each.until is None), None)


async def _own(scope: Scope, facility_id: UUID) -> Facility:
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    return facility


async def _standing(scope: Scope, facility_id: UUID) -> Any:
    rows = await scope.session.execute(
        select(closure.c.id, closure.c.starts_on).where(
            closure.c.facility_id == facility_id,
            closure.c.ordered_by.is_not(None),
            closure.c.ended_at.is_(None),
        )
    )
    return rows.one_or_none()


def _reason(reason: str) -> str:
    errors = typed_errors("/reason", reason, "reason_length", least=1, most=MOST_REASON, lines=True)
    if errors:
        raise Invalid("reason_length", errors=errors, least=1, most=MOST_REASON)
    return tidy(reason)


def _view(row: Any) -> Suspension:
    return Suspension(
        id=row.id,
        since=row.starts_on,
        until=row.ends_on if row.ended_at is not None else None,
        reason=row.reason,
        ordered_by=row.display_name,
        ordered_at=row.ordered_at,
        end_reason=row.end_reason,
    )
