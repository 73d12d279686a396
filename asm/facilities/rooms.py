"""The rooms of a facility with their bed-places: the capacity that occupancy is counted against."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.typed.typed_line import tidy
from asm.db.base import new_id, vietnam_time
from asm.db.direct import Direct
from asm.errors import Conflict, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import room
from asm.facilities.nights import current_night
from asm.facilities.registration import (
    RoomChange,
    RoomInput,
    refuse_fields,
    room_errors,
    room_name_taken,
)
from asm.facilities.scope import facility_in_scope, require_member

_ROOMS_AMONG = """
SELECT place.facility_id,
  EXISTS (SELECT FROM room WHERE facility_id = place.facility_id
    AND opened_on <= $2 AND (closed_on IS NULL OR closed_on > $2)) AS any,
  ARRAY(SELECT room.name
    FROM unnest($3::uuid[], $4::text[]) AS told(facility_id, name)
    JOIN room ON room.facility_id = told.facility_id AND room.name = told.name
    WHERE told.facility_id = place.facility_id
    AND opened_on <= $2 AND (closed_on IS NULL OR closed_on > $2)) AS known
FROM unnest($1::uuid[]) AS place(facility_id)
"""


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """Open on the nights from `opened_on` up to, not including, `closed_on`."""

    id: UUID
    name: str
    beds: int
    opened_on: date
    closed_on: date | None


async def rooms_on(session: AsyncSession, facility_id: UUID, day: date) -> list[Room]:
    """The rooms open on the night of `day`, by name. The caller has checked the scope."""
    return await _read(session, facility_id, open_on(day))


async def rooms_among(
    driver: Direct, names_by_facility: Mapping[UUID, Collection[str]], day: date
) -> dict[UUID, frozenset[str] | None]:
    """For each facility, which of the names told are rooms open on the night of `day`; None when it
    has told no rooms at all. A large house has thousands, so the list stays in the database.
    """
    pairs = [
        (facility_id, name) for facility_id, names in names_by_facility.items() for name in names
    ]
    rows = await driver.fetch(
        _ROOMS_AMONG,
        list(names_by_facility),
        day,
        [facility_id for facility_id, _ in pairs],
        [name for _, name in pairs],
    )
    return {row["facility_id"]: frozenset(row["known"]) if row["any"] else None for row in rows}


async def all_rooms(scope: Scope, facility_id: UUID) -> list[Room]:
    """Every room, closed ones too, by name. Raises not_found."""
    facility = await facility_in_scope(scope, facility_id)
    return await _read(scope.session, facility.id)


async def add_room(scope: Scope, facility_id: UUID, given: RoomInput) -> Room:
    """Open a room from the current night on. Raises not_found, NotAllowed, Invalid `room_invalid`
    or Conflict `room_name_taken`.
    """
    facility = await _mine(scope, facility_id)
    refuse_fields("room_invalid", list(room_errors(given)))
    new = Room(
        id=new_id(),
        name=tidy(given.name),
        beds=given.beds,
        opened_on=current_night(scope.actor.now),
        closed_on=None,
    )
    done = await scope.session.execute(
        insert(room)
        .values(facility_id=facility.id, **msgspec.structs.asdict(new))
        .on_conflict_do_nothing(index_elements=["facility_id", "name"])
        .returning(room.c.id)
    )
    if done.one_or_none() is None:
        raise _taken()
    await record_deed(
        scope, "room.added", facility, subject_id=new.id, capacity_since=new.opened_on
    )
    return new


async def change_room(scope: Scope, facility_id: UUID, room_id: UUID, change: RoomChange) -> Room:
    """Give a room another name or number of bed-places; what is not told stays. Raises as
    `add_room` does, and not_found.
    """
    facility = await _mine(scope, facility_id)
    rooms = await _read(scope.session, facility.id, room.c.id == room_id)
    if not rooms:
        raise not_found("room")
    given = change.of(rooms[0].name, rooms[0].beds)
    refuse_fields("room_invalid", list(room_errors(given)))
    try:
        async with scope.session.begin_nested():
            changed = await _update(
                scope.session, facility.id, room_id, name=tidy(given.name), beds=given.beds
            )
    except IntegrityError as error:
        raise _taken() from error
    await record_deed(
        scope, "room.changed", facility, subject_id=room_id, capacity_since=changed.opened_on
    )
    return changed


async def close_room(scope: Scope, facility_id: UUID, room_id: UUID) -> Room:
    """Take a room out of service from this evening on; its past nights keep counting."""
    facility = await _mine(scope, facility_id)
    today = vietnam_time(scope.actor.now).date()
    was = await _last_closed(scope.session, facility.id, room_id) or today
    closed = await _update(scope.session, facility.id, room_id, closed_on=today)
    await record_deed(
        scope, "room.closed", facility, subject_id=room_id, capacity_since=min(was, today)
    )
    return closed


async def reopen_room(scope: Scope, facility_id: UUID, room_id: UUID) -> Room:
    """Undo a closing: the room counts as if it had never been closed."""
    facility = await _mine(scope, facility_id)
    was = await _last_closed(scope.session, facility.id, room_id)
    reopened = await _update(scope.session, facility.id, room_id, closed_on=None)
    await record_deed(scope, "room.reopened", facility, subject_id=room_id, capacity_since=was)
    return reopened


def open_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """SQL: is the room in service on the night of `day`?"""
    return and_(room.c.opened_on <= day, or_(room.c.closed_on.is_(None), room.c.closed_on > day))


async def _mine(scope: Scope, facility_id: UUID) -> Facility:
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    return facility


async def _last_closed(session: AsyncSession, facility_id: UUID, room_id: UUID) -> date | None:
    rooms = await _read(session, facility_id, room.c.id == room_id)
    return rooms[0].closed_on if rooms else None


async def _read(session: AsyncSession, facility_id: UUID, *only: ColumnElement[bool]) -> list[Room]:
    rows = await session.execute(
        select(room.c.id, room.c.name, room.c.beds, room.c.opened_on, room.c.closed_on)
        .where(room.c.facility_id == facility_id, *only)
        .order_by(room.c.name)
    )
    return [Room(**row) for row in rows.mappings()]


async def _update(
    session: AsyncSession, facility_id: UUID, room_id: UUID, **values: str | int | date | None
) -> Room:
    rows = await session.execute(
        update(room)
        .where(room.c.facility_id == facility_id, room.c.id == room_id)
        .values(**values)
        .returning(room.c.id, room.c.name, room.c.beds, room.c.opened_on, room.c.closed_on)
    )
    row = rows.mappings().one_or_none()
    if row is None:
        raise not_found("room")
    return Room(**row)


def _taken() -> Conflict:
    return Conflict("room_name_taken", errors=[room_name_taken()])
