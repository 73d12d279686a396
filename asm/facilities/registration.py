"""What a host says when registering a facility, and what is wrong with it. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.errors import Invalid, field_error
from asm.facilities.kinds import KINDS
from asm.geo.addresses.address_terms import MOST_ACCURACY_M, HostPointSource
from asm.identity.pasted_text import clean_number, clean_text
from asm.identity.scanned_text import is_piece_of_paper

MOST_ROOMS = 3000
MOST_BEDS = 500
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{7,19}")


class RoomInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room by the name on its door; `beds` counts bed-places (a double bed is two)."""

    name: str
    beds: int

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "name", clean_text(self.name))


class RoomChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is changed of a room; what is absent stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    beds: int | msgspec.UnsetType = msgspec.UNSET

    def of(self, name: str, beds: int) -> RoomInput:
        """The room as it is to be, of the name and bed-places that it has."""
        return RoomInput(
            name=name if self.name is msgspec.UNSET else self.name,
            beds=beds if self.beds is msgspec.UNSET else self.beds,
        )


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new facility. `lat`, `lon` in degrees (WGS 84) decide the ward; `ward_code`, when given,
    must agree. `point_source`: how the point was found, None when it was typed; `accuracy_m`: how
    many metres it may be off. `remote`: foreigners are declared within 24 hours instead of 12.
    """

    kind: str
    name: str
    phone: str | None = None
    address_text: str
    lat: float
    lon: float
    point_source: HostPointSource | None = None
    accuracy_m: float | None = None
    remote: bool = False
    rooms: list[RoomInput] = []
    ward_code: str | None = None

    def __post_init__(self) -> None:
        clean_facility_texts(self)


def clean_facility_texts(given: Any) -> None:
    """Take what is not seen out of the texts that a registration or correction was given."""
    for name, clean in (
        ("name", clean_text),
        ("address_text", clean_text),
        ("phone", clean_number),
    ):
        text = getattr(given, name)
        if text:
            msgspec.structs.force_setattr(given, name, clean(text))


def check_registration(registration: Registration) -> None:
    """Raise Invalid `registration_invalid` naming every field that is wrong."""
    refuse_fields(
        "registration_invalid",
        [
            *_kind_errors(registration.kind),
            *text_errors(registration),
            *accuracy_errors(registration.accuracy_m),
            *_room_errors(registration),
        ],
    )


def refuse_fields(code: str, errors: list[dict[str, Any]]) -> None:
    """Raise one Invalid with all `errors`, if there are any."""
    if errors:
        raise Invalid(code, text="fields_wrong", errors=errors)


def text_errors(given: Any) -> Iterator[dict[str, Any]]:
    """What is wrong with `name`, `address_text` and `phone` of a registration or correction."""
    yield from typed_errors("/name", given.name, "name_length", least=2, most=200)
    yield from typed_errors(
        "/address_text", given.address_text, "address_length", least=3, most=300
    )
    if given.phone and not _PHONE.fullmatch(given.phone.strip()):
        yield field_error("/phone", "phone_malformed")


def accuracy_errors(accuracy_m: float | None) -> Iterator[dict[str, Any]]:
    """What is wrong with the number of metres that a point may be off."""
    if accuracy_m is not None and not 0 <= accuracy_m <= MOST_ACCURACY_M:
        yield field_error("/accuracy_m", "accuracy_range", most=MOST_ACCURACY_M)


def room_errors(room: RoomInput, pointer: str = "") -> Iterator[dict[str, Any]]:
    """What is wrong with one room."""
    yield from typed_errors(f"{pointer}/name", room.name, "room_name_length", least=1, most=50)
    if is_piece_of_paper(room.name):
        yield field_error(f"{pointer}/name", "room_name_scanned")
    if not 1 <= room.beds <= MOST_BEDS:
        yield field_error(f"{pointer}/beds", "beds_range", most=MOST_BEDS)


def room_name_taken(pointer: str = "/name") -> dict[str, Any]:
    """The field error of two rooms with one name."""
    return field_error(pointer, "room_name_taken")


def _kind_errors(kind: str) -> Iterator[dict[str, Any]]:
    if kind not in KINDS:
        yield field_error("/kind", "kind_unknown")


def _room_errors(registration: Registration) -> Iterator[dict[str, Any]]:
    if len(registration.rooms) > MOST_ROOMS:
        yield field_error("/rooms", "too_many_rooms", most=MOST_ROOMS)
        return
    names = Counter(tidy(room.name) for room in registration.rooms)
    for index, room in enumerate(registration.rooms):
        yield from room_errors(room, f"/rooms/{index}")
        if names[tidy(room.name)] > 1:
            yield room_name_taken(f"/rooms/{index}/name")
