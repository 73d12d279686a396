"""Rooms, their bed-places, the nights on which a facility is closed, and those without guests."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from asm.accounts.access import Scope
from asm.api.again.answered_again import answered_again
from asm.api.problems import documented
from asm.facilities.closures import (
    Closure,
    ClosureInput,
    add_closure,
    closures_of,
    remove_closure,
)
from asm.facilities.registration import RoomChange, RoomInput
from asm.facilities.rooms import Room, add_room, all_rooms, change_room, close_room, reopen_room
from asm.stays.statements.quiet_nights import QuietNight, say_quiet, take_back_quiet


class QuietNightRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`night`: by its evening's date, the one in progress or about to begin (default); no other."""

    night: date | None = None


@get(
    "/facilities/{facility_id:uuid}/rooms", operation_id="listRooms", responses=documented(401, 404)
)
async def rooms(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> list[Room]:
    """Every room, closed ones too."""
    return await all_rooms(in_scope, facility_id)


_ROOM_ANSWERS = documented(401, 403, 404, 409, 422)


@post("/facilities/{facility_id:uuid}/rooms", operation_id="addRoom", responses=_ROOM_ANSWERS)
@answered_again
async def open_room(
    facility_id: FromPath[UUID], data: JSONBody[RoomInput], in_scope: NamedDependency[Scope]
) -> Room:
    """Add a room, open from today."""
    return await add_room(in_scope, facility_id, data)


@patch(
    "/facilities/{facility_id:uuid}/rooms/{room_id:uuid}",
    operation_id="changeRoom",
    responses=_ROOM_ANSWERS,
)
async def rename_room(
    facility_id: FromPath[UUID],
    room_id: FromPath[UUID],
    data: JSONBody[RoomChange],
    in_scope: NamedDependency[Scope],
) -> Room:
    """Change a room's name or bed-places; what is absent stays."""
    return await change_room(in_scope, facility_id, room_id, data)


@post(
    "/facilities/{facility_id:uuid}/rooms/{room_id:uuid}/closing",
    operation_id="closeRoom",
    status_code=200,
    responses=_ROOM_ANSWERS,
)
@answered_again
async def shut_room(
    facility_id: FromPath[UUID], room_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Room:
    """Take a room out of service from tonight."""
    return await close_room(in_scope, facility_id, room_id)


@delete(
    "/facilities/{facility_id:uuid}/rooms/{room_id:uuid}/closing",
    operation_id="reopenRoom",
    status_code=200,
    responses=_ROOM_ANSWERS,
)
async def undo_shut_room(
    facility_id: FromPath[UUID], room_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Room:
    """Undo a closing."""
    return await reopen_room(in_scope, facility_id, room_id)


@get(
    "/facilities/{facility_id:uuid}/closures",
    operation_id="listClosures",
    responses=documented(401, 404),
)
async def closures(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> list[Closure]:
    """Nights on which the whole facility is closed."""
    return await closures_of(in_scope, facility_id)


@post("/facilities/{facility_id:uuid}/closures", operation_id="addClosure", responses=_ROOM_ANSWERS)
@answered_again
async def close_nights(
    facility_id: FromPath[UUID], data: JSONBody[ClosureInput], in_scope: NamedDependency[Scope]
) -> Closure:
    """Close the facility for some nights: they leave capacity and coverage."""
    return await add_closure(in_scope, facility_id, data)


@delete(
    "/facilities/{facility_id:uuid}/closures/{closure_id:uuid}",
    operation_id="removeClosure",
    responses=documented(401, 403, 404),
)
async def undo_closure(
    facility_id: FromPath[UUID], closure_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """Take a closure back."""
    await remove_closure(in_scope, facility_id, closure_id)


@post(
    "/facilities/{facility_id:uuid}/quiet-nights",
    operation_id="sayNoGuests",
    status_code=200,
    responses=_ROOM_ANSWERS,
)
@answered_again
async def say_no_guests(
    facility_id: FromPath[UUID],
    data: JSONBody[QuietNightRequest],
    in_scope: NamedDependency[Scope],
) -> QuietNight:
    """Say that nobody new comes tonight, so that the ward does not call. No duty. Sent again it
    says the same; a guest declared for the night takes it back.
    """
    return await say_quiet(in_scope, facility_id, data.night, "api")


@delete(
    "/facilities/{facility_id:uuid}/quiet-nights/{night:date}",
    operation_id="takeBackNoGuests",
    responses=documented(401, 403, 404, 422),
)
async def undo_no_guests(
    facility_id: FromPath[UUID], night: FromPath[date], in_scope: NamedDependency[Scope]
) -> None:
    """Take it back while the night lasts."""
    await take_back_quiet(in_scope, facility_id, night)


HANDLERS = [
    rooms, open_room, rename_room, shut_room, undo_shut_room, closures, close_nights, undo_closure,
    say_no_guests, undo_no_guests,
]  # fmt: skip
