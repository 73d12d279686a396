"""Calls to houses that have not declared: what they said, in the ward's log of the night."""

from datetime import date, datetime
from typing import Final, Literal, get_args
from uuid import UUID

import msgspec
from sqlalchemy import insert, select

from asm.accounts.access import Scope
from asm.accounts.model import account
from asm.audit.trail import record
from asm.db.base import new_id, vietnam_time
from asm.errors import invalid_field
from asm.facilities.facility import Facility
from asm.facilities.model import facility
from asm.facilities.nights import current_night
from asm.facilities.scope import facility_in_scope, require_ward
from asm.wards.model import silence_call
from asm.wards.typed_note import typed_note

#: What came of a call. `no_answer` leaves the house among those to go to.
Outcome = Literal["will_declare", "no_guests", "no_answer", "other"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
MOST: Final = 500


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call about a night. `by`: the officer's name."""

    facility_id: UUID
    facility_name: str
    at: datetime
    by: str
    outcome: Outcome
    note: str


async def note_call(scope: Scope, facility_id: UUID, outcome: str, note: str) -> Facility:
    """Write a call about the night in progress down; the facility that was called. Raises
    not_found, Invalid (`call_outcome`, `note_empty` for another outcome than the ready ones,
    `note_too_long`).
    """
    called = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, called.ward_code)
    known = next((each for each in OUTCOMES if each == outcome), None)
    if known is None:
        raise invalid_field("/outcome", "call_outcome")
    new = new_id()
    await scope.session.execute(
        insert(silence_call).values(
            ward_code=called.ward_code,
            id=new,
            night=current_night(scope.actor.now),
            facility_id=called.id,
            called_at=scope.actor.now,
            called_by=scope.actor.id,
            outcome=known,
            note=typed_note(note, most=MOST, needed=known == "other"),
        )
    )
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="facility.called",
        facility_id=called.id,
        ward_code=called.ward_code,
        subject_id=new,
        details={"outcome": known},
    )
    return called


async def calls_of_night(scope: Scope, ward_code: str, night: date) -> list[Call]:
    """All calls about a night of the ward, the newest first. Raises not_found for another ward."""
    require_ward(scope.actor, ward_code)
    rows = await scope.session.execute(
        select(
            silence_call.c.facility_id,
            facility.c.name.label("facility_name"),
            silence_call.c.called_at.label("at"),
            account.c.display_name.label("by"),
            silence_call.c.outcome,
            silence_call.c.note,
        )
        .join(facility, facility.c.id == silence_call.c.facility_id)
        .join(account, account.c.id == silence_call.c.called_by)
        .where(silence_call.c.ward_code == ward_code, silence_call.c.night == night)
        .order_by(silence_call.c.called_at.desc(), silence_call.c.id)
    )
    return [Call(**dict(row) | {"at": vietnam_time(row["at"])}) for row in rows.mappings()]
