"""What a second declaration of one arrival says anew. Pure.

Compared is only what was told: nothing told is no difference. Names and addresses are compared
without case and spaces; of a number's paper the number decides, not its kind.
"""

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from asm.identity.names import may_be_one_name, person_key
from asm.identity.provinces import province_code
from asm.stays.entry import TO_THE_MINUTE, Guest, StayEntry, TimePrecision
from asm.stays.rules.periods import overlap, possible_period, same_day, same_moment

_Precision = Literal["hour", "day", "nothing"]
#: What a second declaration may change by itself.
CHANGEABLE: Final = ("room", "planned_departure_at")
#: Who says so, or what found the person, is no difference of its own.
_NOT_COMPARED: Final = frozenset(
    {"name_source", "name_confirmed", "birth_date_precision", "document_number", "document_type"}
)
_TEXTS: Final = frozenset(
    {"document_name", "old_number", "phone", "residence_ward", "residence_address", "note"}
)


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """By field path: what the change of a stay may take over (`changes`: room, planned departure;
    `additions`: what was empty), and what stands against it (`conflicts`).
    """

    changes: dict[str, Any]
    additions: dict[str, Any]
    conflicts: list[str]

    @property
    def fields(self) -> list[str]:
        """All fields that differ, in order of their names."""
        return sorted([*self.changes, *self.additions, *self.conflicts])

    def __bool__(self) -> bool:
        return bool(self.changes or self.additions or self.conflicts)


def differences(
    declared: StayEntry, standing: StayEntry, precision: TimePrecision = TO_THE_MINUTE
) -> Differences:
    """Of `declared`, whose times have this `precision`, against `standing`: both are of one person
    and overlap.
    """
    result = Differences(changes={}, additions={}, conflicts=[])
    if not _same_time(declared.arrived_at, standing.arrived_at, precision.arrival):
        result.conflicts.append("arrived_at")
    if declared.hourly != standing.hourly:
        result.conflicts.append("hourly")
    room = (declared.room or "").strip()
    if room and room != (standing.room or "").strip():
        result.changes["room"] = room
    planned = declared.planned_departure_at
    if planned is not None and _is_new_end(
        planned, standing.planned_departure_at, precision.departure
    ):
        result.changes["planned_departure_at"] = planned
    _compare("reason", (declared.reason, standing.reason), result)
    _compare("reason_text", (declared.reason_text, standing.reason_text), result)
    _compare_guests(declared.guest, standing.guest, result)
    return result


def name_field(guest: Guest) -> str:
    """The field that says who it is."""
    return "guest.full_name" if guest.document_number is None else "guest.document_number"


def is_weak(guest: Guest) -> bool:
    """Whether only a name and a year of birth tell who it is: two people may well share them, so
    they are one person only at the same hour and in the same room.
    """
    return guest.document_number is None and guest.birth_date_precision == "year"


def same_arrival(
    declared: StayEntry,
    other: StayEntry,
    precision: TimePrecision = TO_THE_MINUTE,
    other_precision: TimePrecision = TO_THE_MINUTE,
) -> bool:
    """Whether two entries of one person and one declaration are one arrival."""
    by_day = "day" in {precision.arrival, other_precision.arrival}
    same_time = _same_time(declared.arrived_at, other.arrived_at, "day" if by_day else "hour")
    if not same_time and not overlap(
        possible_period(declared, precision), possible_period(other, other_precision)
    ):
        return False
    if not is_weak(declared.guest):
        return True
    same_room = (declared.room or "").strip() == (other.room or "").strip()
    return same_room and same_time


def differ_by_day_alone(
    declared: StayEntry, other: StayEntry, precision: TimePrecision, other_precision: TimePrecision
) -> bool:
    """Whether two entries that begin on one day, told by day alone, end on other days or lie in
    other rooms: they may be two visits, of which the one would change the other.
    """
    by_day = precision.arrival == other_precision.arrival == "day"
    if not by_day or not same_day(declared.arrived_at, other.arrived_at):
        return False
    rooms = {(entry.room or "").strip() for entry in (declared, other)} - {""}
    end, other_end = declared.planned_departure_at, other.planned_departure_at
    ends_apart = end is not None and other_end is not None and not same_day(end, other_end)
    return len(rooms) > 1 or ends_apart


def is_another_visit(declared: StayEntry, standing: StayEntry, precision: TimePrecision) -> bool:
    """Whether two visits by the hour may be one or two: nobody told when the second began, and the
    end of the first is told nowhere else than in its departure.
    """
    return (
        declared.hourly
        and standing.hourly
        and precision.arrival == "nothing"
        and not same_moment(declared.arrived_at, standing.arrived_at)
    )


def may_be_somebody_else(
    declared: StayEntry, standing: StayEntry, precision: TimePrecision
) -> bool:
    """Whether only a name and a year of birth say that both are one person, and nobody told when
    the second came: at another hour it would be somebody else, and so it is in another room.
    """
    room = (declared.room or "").strip()
    return (
        is_weak(declared.guest)
        and precision.arrival == "nothing"
        and not same_moment(declared.arrived_at, standing.arrived_at)
        and room in {"", (standing.room or "").strip()}
    )


def merged_entry(standing: StayEntry, result: Differences) -> StayEntry:
    """`standing` with what `found` changes and adds."""
    values = result.changes | result.additions
    guest = {
        name.removeprefix("guest."): value
        for name, value in values.items()
        if name.startswith("guest.")
    }
    if "birth_date" in guest:
        guest["birth_date_precision"] = "day"
    stay = {name: value for name, value in values.items() if not name.startswith("guest.")}
    return msgspec.structs.replace(
        standing, guest=msgspec.structs.replace(standing.guest, **guest), **stay
    )


def _same_time(first: datetime, second: datetime, precision: _Precision) -> bool:
    match precision:
        case "hour":
            return same_moment(first, second)
        case "day":
            return same_day(first, second)
        case "nothing":
            return True


def _is_new_end(planned: datetime, standing: datetime | None, precision: _Precision) -> bool:
    """What a form only offered shortens no stay; where it reaches further, the guest stays on."""
    if standing is None:
        return precision != "nothing"
    if precision == "nothing":
        return planned > standing and not same_day(planned, standing)
    return not _same_time(planned, standing, precision)


def _compare_guests(declared: Guest, standing: Guest, result: Differences) -> None:
    if not may_be_one_name(declared.full_name, standing.full_name):
        result.conflicts.append("guest.full_name")
    match _compared_births(declared, standing):
        case "added":
            result.additions["guest.birth_date"] = declared.birth_date
        case "differs":
            result.conflicts.append("guest.birth_date")
    if declared.document_number is None:
        # A paper without a number tells nobody apart; its kind may be added.
        _compare("guest.document_type", (declared.document_type, standing.document_type), result)
    for name in Guest.__struct_fields__:
        if name not in _NOT_COMPARED | {"full_name", "birth_date"}:
            pair = (getattr(declared, name), getattr(standing, name))
            _compare(f"guest.{name}", pair, result)


def _compared_births(declared: Guest, standing: Guest) -> Literal["same", "added", "differs"]:
    if declared.birth_date is None:
        return "same"
    if standing.birth_date is None:
        return "added" if declared.birth_date_precision == "day" else "differs"
    if "year" not in {declared.birth_date_precision, standing.birth_date_precision}:
        return "same" if declared.birth_date == standing.birth_date else "differs"
    if declared.birth_date.year != standing.birth_date.year:
        return "differs"
    # The year alone contradicts no day of it; a day tells more than the year that stands there.
    more = declared.birth_date_precision == "day" and standing.birth_date_precision == "year"
    return "added" if more else "same"


def _compare(field: str, pair: tuple[Any, Any], result: Differences) -> None:
    declared, standing = pair
    if declared in {None, "", False}:
        return
    if standing in {None, ""}:
        result.additions[field] = declared
    elif _comparable(field, declared) != _comparable(field, standing):
        result.conflicts.append(field)


def _comparable(field: str, value: Any) -> Any:
    name = field.removeprefix("guest.")
    if name == "residence_province":
        return province_code(value) or person_key(value)
    if name in {"phone", "old_number"}:
        return "".join(char for char in value if char.isalnum())
    if name in _TEXTS or field == "reason_text":
        return person_key(value)
    return value if not isinstance(value, date) else value.isoformat()
