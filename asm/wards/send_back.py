"""A declaration that the ward sends back to be looked at again.

Nothing is deleted and nothing stops counting: the stay stands as declared, and its receipt proves
what it always proved, when what was received. At the desk it shows with the reason until the house
amends it, voids it, or answers.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, insert, select, update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import account
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.audit.trail import record
from asm.db.base import new_id
from asm.errors import Conflict, Invalid, not_found
from asm.facilities.facility_trail import record_deed
from asm.facilities.scope import facility_in_scope, require_member, require_ward
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.model import stay
from asm.wards.model import stay_return

MOST_LETTERS: Final = 500
MOST_SHOWN: Final = 100


class StayReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A stay that was sent back. `waits`: it is neither amended nor answered yet. `receipt_number`
    is how the desk knows it.
    """

    id: UUID
    facility_id: UUID
    stay_id: UUID
    receipt_number: str
    room: str | None
    reason: str
    returned_by: str | None
    returned_at: datetime
    answer: str | None
    answered_at: datetime | None
    waits: bool


async def send_back_stay(scope: Scope, facility_id: UUID, stay_id: UUID, reason: str) -> UUID:
    """Send a stay of the own ward back with a reason (1-500 characters). Sent back again while it
    waits, with the same reason, it is one deed. Raises NotAllowed, not_found (`facility`, `stay`),
    Invalid `reason_length`, Conflict `stay_voided`, `stay_sent_back`.
    """
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    errors = typed_errors(
        "/reason", reason, "reason_length", least=1, most=MOST_LETTERS, lines=True
    )
    if errors:
        raise Invalid("reason_length", errors=errors, least=1, most=MOST_LETTERS)
    text = tidy(reason)
    rows = await scope.session.execute(
        select(stay.c.version, stay.c.voided_at).where(
            stay.c.facility_id == facility.id,
            stay.c.id == stay_id,
            stay.c.ward_code == facility.ward_code,
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise not_found("stay")
    if row.voided_at is not None:
        raise Conflict("stay_voided")
    for before in await _read(scope, _of(facility.id) & (stay_return.c.stay_id == stay_id)):
        if before.waits and before.reason == text:
            return before.id
        if before.waits:
            raise Conflict("stay_sent_back")
    new = new_id()
    await scope.session.execute(
        insert(stay_return).values(
            facility_id=facility.id,
            id=new,
            stay_id=stay_id,
            version=row.version,
            reason=text,
            returned_by=scope.actor.id,
            returned_at=scope.actor.now,
        )
    )
    await record_deed(scope, "stay.returned", facility, subject_id=stay_id)
    await enqueue(scope.session, Topic.STAY_RETURNED, [(facility.id, {"id": str(new)})])
    return new


async def returned_stays(scope: Scope, facility_id: UUID) -> list[StayReturn]:
    """What was sent back to the facility, what waits first, at most 100; for its people and its
    ward. Raises not_found.
    """
    facility = await facility_in_scope(scope, facility_id)
    return await _read(scope, _of(facility.id))


async def returns_of_stay(scope: Scope, facility_id: UUID, stay_id: UUID) -> list[StayReturn]:
    """The same of one stay."""
    facility = await facility_in_scope(scope, facility_id)
    return await _read(scope, _of(facility.id) & (stay_return.c.stay_id == stay_id))


async def answer_return(scope: Scope, facility_id: UUID, return_id: UUID, answer: str) -> None:
    """The house says why it stands as it is (1-500 characters). Sent twice it is one answer. Raises
    NotAllowed, not_found, Invalid `answer_length`, Conflict `return_answered`.
    """
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    errors = typed_errors(
        "/answer", answer, "answer_length", least=1, most=MOST_LETTERS, lines=True
    )
    if errors:
        raise Invalid("answer_length", errors=errors, least=1, most=MOST_LETTERS)
    text = tidy(answer)
    this = (stay_return.c.facility_id == facility.id, stay_return.c.id == return_id)
    # The first who answers: the database lets nobody change what was answered.
    done = await scope.session.execute(
        update(stay_return)
        .where(*this, stay_return.c.answered_at.is_(None))
        .values(answer=text, answered_by=scope.actor.id, answered_at=scope.actor.now)
        .returning(stay_return.c.id)
    )
    answered = done.one_or_none() is not None
    row = (await scope.session.execute(select(stay_return).where(*this))).one_or_none()
    if row is None:
        raise not_found("stay")
    if not answered:
        if (row.answered_by, row.answer) == (scope.actor.id, text):
            return
        raise Conflict("return_answered")
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="stay.return_answered",
        facility_id=facility.id,
        ward_code=facility.ward_code,
        subject_id=row.stay_id,
    )


def waiting_returns(returns: Sequence[StayReturn]) -> list[StayReturn]:
    """Those that the house is still to look at."""
    return [each for each in returns if each.waits]


def _of(facility_id: UUID) -> ColumnElement[bool]:
    return stay_return.c.facility_id == facility_id


async def _read(scope: Scope, which: ColumnElement[bool]) -> list[StayReturn]:
    rows = await scope.session.execute(
        select(
            stay_return,
            stay.c.receipt_number,
            stay.c.room_name,
            stay.c.version.label("version_now"),
            stay.c.voided_at,
            account.c.display_name,
        )
        .join(
            stay,
            (stay.c.facility_id == stay_return.c.facility_id)
            & (stay.c.id == stay_return.c.stay_id),
        )
        .outerjoin(account, account.c.id == stay_return.c.returned_by)
        .where(which)
        .order_by(
            stay_return.c.answered_at.is_not(None),
            stay_return.c.returned_at.desc(),
            stay_return.c.id,
        )
        .limit(MOST_SHOWN)
    )
    return [_view(row) for row in rows]


def _view(row: Any) -> StayReturn:
    return StayReturn(
        id=row.id,
        facility_id=row.facility_id,
        stay_id=row.stay_id,
        receipt_number=row.receipt_number,
        room=row.room_name,
        reason=row.reason,
        returned_by=row.display_name,
        returned_at=row.returned_at,
        answer=row.answer,
        answered_at=row.answered_at,
        waits=row.answered_at is None and row.voided_at is None and row.version_now == row.version,
    )
