"""What one shift hands on to the next: written, listed, taken over."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select, update

from asm.accounts.access import Scope
from asm.accounts.model import account
from asm.audit.trail import record
from asm.db.base import new_id, vietnam_time
from asm.errors import not_found
from asm.facilities.scope import require_ward
from asm.wards.model import shift_note
from asm.wards.typed_note import typed_note

MOST: Final = 2000
PAGE_SIZE: Final = 20


class ShiftNote(msgspec.Struct, frozen=True, kw_only=True):
    """A note of the ward. `taken_by` took the shift over at `taken_at`."""

    id: UUID
    written_at: datetime
    written_by: str
    note: str
    taken_at: datetime | None
    taken_by: str | None


class ShiftNotes(msgspec.Struct, frozen=True, kw_only=True):
    """A page of notes, those first that wait to be taken over, then the newest."""

    notes: list[ShiftNote]
    waiting: int
    total: int
    page: int
    pages: int


async def shift_notes(scope: Scope, ward_code: str, page: int = 1) -> ShiftNotes:
    """The ward's notes. Raises not_found for another ward."""
    require_ward(scope.actor, ward_code)
    mine = shift_note.c.ward_code == ward_code
    waits = shift_note.c.taken_at.is_(None)
    counted = (
        await scope.session.execute(
            select(func.count().label("all"), func.count().filter(waits).label("waiting")).where(
                mine
            )
        )
    ).one()
    writer, taker = account.alias("writer"), account.alias("taker")
    rows = await scope.session.execute(
        select(
            shift_note.c.id,
            shift_note.c.written_at,
            writer.c.display_name.label("written_by"),
            shift_note.c.note,
            shift_note.c.taken_at,
            taker.c.display_name.label("taken_by"),
        )
        .join(writer, writer.c.id == shift_note.c.written_by)
        .outerjoin(taker, taker.c.id == shift_note.c.taken_by)
        .where(mine)
        .order_by(waits.desc(), shift_note.c.written_at.desc(), shift_note.c.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return ShiftNotes(
        notes=[
            ShiftNote(
                **dict(row)
                | {
                    "written_at": vietnam_time(row["written_at"]),
                    "taken_at": row["taken_at"] and vietnam_time(row["taken_at"]),
                }
            )
            for row in rows.mappings()
        ],
        waiting=counted.waiting,
        total=counted.all,
        page=page,
        pages=max(1, -(-counted.all // PAGE_SIZE)),
    )


async def write_shift_note(scope: Scope, ward_code: str, note: str) -> UUID:
    """Leave a note for whoever comes next. Raises not_found, Invalid as `typed_note`."""
    require_ward(scope.actor, ward_code)
    new = new_id()
    await scope.session.execute(
        insert(shift_note).values(
            ward_code=ward_code,
            id=new,
            written_at=scope.actor.now,
            written_by=scope.actor.id,
            note=typed_note(note, most=MOST, needed=True),
        )
    )
    await _record(scope, "shift.note_written", ward_code, new)
    return new


async def take_over(scope: Scope, ward_code: str, note_id: UUID) -> None:
    """Say that a note was read and the shift taken over; the first who says so stays. Raises
    not_found.
    """
    require_ward(scope.actor, ward_code)
    this = (shift_note.c.ward_code == ward_code, shift_note.c.id == note_id)
    done = await scope.session.execute(
        update(shift_note)
        .where(*this, shift_note.c.taken_at.is_(None))
        .values(taken_at=scope.actor.now, taken_by=scope.actor.id)
        .returning(shift_note.c.id)
    )
    if done.first() is not None:
        await _record(scope, "shift.taken_over", ward_code, note_id)
    elif (await scope.session.execute(select(shift_note.c.id).where(*this))).first() is None:
        raise not_found("shift_note")


async def _record(scope: Scope, action: str, ward_code: str, note_id: UUID) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=ward_code,
        subject_id=note_id,
    )
