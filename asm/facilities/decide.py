"""The ward's officer activates a registered facility, returns it with a reason, or closes one that
lodges nobody any more.
"""

from uuid import UUID

import msgspec
from sqlalchemy import update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid
from asm.facilities.facility import Facility, Status
from asm.facilities.facility_trail import record_deed
from asm.facilities.left_alone import refuse_without_people
from asm.facilities.model import facility
from asm.facilities.nights import current_night
from asm.facilities.scope import facility_in_scope, require_ward
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic


async def activate_facility(scope: Scope, facility_id: UUID) -> Facility:
    """Let a pending or returned facility declare. Raises NotAllowed, not_found, or Conflict
    `facility_already_decided`, or `facility_without_people` where nobody could declare.
    """
    return await _decide(scope, facility_id, "active", None)


async def return_facility(scope: Scope, facility_id: UUID, note: str) -> Facility:
    """Send a pending facility back to its host; `note` (1-500 characters) says what to correct.

    Raises NotAllowed, not_found, Invalid `note_length`, or Conflict `facility_already_decided`.
    """
    await _of_own_ward(scope, facility_id)
    errors = typed_errors("/note", note, "note_length", least=1, most=500, lines=True)
    if errors:
        raise Invalid("note_length", errors=errors, least=1, most=500)
    return await _decide(scope, facility_id, "returned", tidy(note))


async def close_facility(scope: Scope, facility_id: UUID) -> Facility:
    """From today it declares nobody and is expected to declare nobody; nights before count as ever,
    and its people may go. Guests who are there stay listed until they leave.

    Raises NotAllowed, not_found, Conflict `facility_not_active`.
    """
    return await _move(scope, facility_id, "active", "closed")


async def reopen_facility(scope: Scope, facility_id: UUID) -> Facility:
    """Undo a closing: it counts as if it had never been closed. Raises NotAllowed, not_found,
    Conflict `facility_not_closed`.
    """
    return await _move(scope, facility_id, "closed", "active")


async def _move(scope: Scope, facility_id: UUID, of: Status, to: Status) -> Facility:
    earlier = await _of_own_ward(scope, facility_id)
    today = vietnam_time(scope.actor.now).date() if to == "closed" else None
    done = await scope.session.execute(
        update(facility)
        .where(facility.c.id == earlier.id, facility.c.status == of)
        .values(status=to, closed_on=today)
        .returning(facility.c.id)
    )
    if done.one_or_none() is None:
        if of == "closed":
            raise Conflict("facility_not_closed")
        raise Conflict("facility_not_active", text="facility_not_active.closing")
    action = "facility.closed" if to == "closed" else "facility.reopened"
    since = today or earlier.closed_on
    await record_deed(scope, action, earlier, capacity_since=since)
    return msgspec.structs.replace(earlier, status=to, closed_on=today)


async def _of_own_ward(scope: Scope, facility_id: UUID) -> Facility:
    """Before anything else is said: of another ward's facility nobody hears what is wrong."""
    require_role(scope.actor, WARD_OFFICER)
    earlier = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, earlier.ward_code)
    return earlier


async def _decide(scope: Scope, facility_id: UUID, status: Status, note: str | None) -> Facility:
    earlier = await _of_own_ward(scope, facility_id)
    open_to = ("pending", "returned") if status == "active" else ("pending",)
    if status == "active":
        await refuse_without_people(scope.session, earlier.id)
    # Two officers may decide at once: the first wins, the second is told.
    done = await scope.session.execute(
        update(facility)
        .where(facility.c.id == earlier.id, facility.c.status.in_(open_to))
        .values(
            status=status, decided_by=scope.actor.id, decided_at=scope.actor.now, decision_note=note
        )
        .returning(facility.c.id)
    )
    if done.one_or_none() is None:
        raise Conflict("facility_already_decided")
    action = "facility.activated" if status == "active" else "facility.returned"
    opens = current_night(scope.actor.now) if status == "active" else None
    await record_deed(scope, action, earlier, capacity_since=opens)
    topic = Topic.FACILITY_ACTIVATED if status == "active" else Topic.FACILITY_DECIDED
    await enqueue(scope.session, topic, [(earlier.id, {"status": status})])
    return msgspec.structs.replace(earlier, status=status, decision_note=note)
