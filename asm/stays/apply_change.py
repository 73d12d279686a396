"""What a stay is after a change. Pure: the clock is passed in."""

from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET

from asm.errors import Invalid, invalid_field
from asm.facilities.facility import Facility
from asm.stays.changes import (
    Amend,
    ChangeRequest,
    Depart,
    Extend,
    MoveRoom,
    UndoDeparture,
    VoidStay,
)
from asm.stays.entry import StayEntry
from asm.stays.intake.build_rows import reason_of

#: A departure may be entered this far ahead: guests settle the bill before they walk out.
DEPARTURE_AHEAD = timedelta(hours=2)


def apply_change(
    entry: StayEntry, departed_at: datetime | None, request: ChangeRequest, now: datetime
) -> tuple[StayEntry, datetime | None]:
    """The entry and the departure after the change. Raises Invalid with field and remedy."""
    match request.change:
        case Amend() as change:
            return _amended(entry, change), departed_at
        case Extend(planned_departure_at=moment):
            return msgspec.structs.replace(entry, planned_departure_at=moment), departed_at
        case MoveRoom(room=room):
            return msgspec.structs.replace(entry, room=room), departed_at
        case Depart(departed_at=moment):
            return entry, _departure(moment or now, entry, now)
        case UndoDeparture():
            return entry, None
        case VoidStay(reason=reason):
            if not reason.strip():
                raise _refused("void_reason_missing", "/reason")
            return entry, departed_at


def _amended(entry: StayEntry, change: Amend) -> StayEntry:
    values = {
        name: value
        for name in change.__struct_fields__
        if (value := getattr(change, name)) is not UNSET
    }
    if change.guest is not UNSET:
        values["guest"] = change.guest.of(entry.guest)
    return msgspec.structs.replace(entry, **values)


def says_the_same(
    facility: Facility, request: ChangeRequest, entries: tuple[StayEntry, StayEntry]
) -> bool:
    """Whether the stay is after the change what it was before. A reason that was not told is that
    of the facility's kind; who voids a stay changes it whatever it says.
    """
    before, after = (
        msgspec.structs.replace(entry, reason=reason_of(entry, facility)) for entry in entries
    )
    return before == after and not isinstance(request.change, VoidStay)


def _departure(moment: datetime, entry: StayEntry, now: datetime) -> datetime:
    if moment.tzinfo is None:
        raise _refused("time_without_zone", "/departed_at")
    if moment < entry.arrived_at:
        raise _refused("departure_before_arrival", "/departed_at")
    if moment > now + DEPARTURE_AHEAD:
        raise _refused("departure_in_future", "/departed_at")
    return moment


def _refused(code: str, pointer: str) -> Invalid:
    return invalid_field(pointer, code)
