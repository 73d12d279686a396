"""What may be changed of a stay after it was declared. Absent means unchanged, null means none, in
the guest too.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Final, Self
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from asm.stays.declaration import Via
from asm.stays.entry import DatePrecision, Guest, NameSource, Sex
from asm.stays.saved.saved_time import SavedTime

#: What says how a field was told, and goes with what is told anew.
_DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "full_name": ("name_source", "name_confirmed"),
    "birth_date": ("birth_date_precision",),
}
_PAPERS: Final = ("document_type", "document_number")


class GuestChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is corrected of a guest: a field that is absent stays, null empties it; the fields are
    those of `Guest`.

    What belongs together goes together where only a part is told: another `full_name` leaves
    `name_source` and `name_confirmed` of the old one behind, another `birth_date` its precision. A
    document of who had none makes `no_papers` false; `no_papers` true takes the document away.
    """

    full_name: str | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    birth_date_precision: DatePrecision | UnsetType = UNSET
    sex: Sex | UnsetType | None = UNSET
    nationality: str | UnsetType = UNSET
    document_type: int | UnsetType | None = UNSET
    document_name: str | UnsetType | None = UNSET
    document_number: str | UnsetType | None = UNSET
    old_number: str | UnsetType | None = UNSET
    no_papers: bool | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    residence_kind: int | UnsetType | None = UNSET
    residence_country: str | UnsetType | None = UNSET
    residence_province: str | UnsetType | None = UNSET
    residence_ward: str | UnsetType | None = UNSET
    residence_address: str | UnsetType | None = UNSET
    permitted_stay_until: date | UnsetType | None = UNSET
    note: str | UnsetType | None = UNSET
    name_source: NameSource | UnsetType | None = UNSET
    name_confirmed: bool | UnsetType = UNSET

    @classmethod
    def to(cls, guest: Guest) -> Self:
        """Everything of the guest: nothing of who stood there stays."""
        return cls(**msgspec.structs.asdict(guest))

    @property
    def given(self) -> dict[str, Any]:
        """The fields that are not absent, with their values."""
        fields = msgspec.structs.asdict(self)
        return {name: value for name, value in fields.items() if value is not UNSET}

    @property
    def leaves_nothing(self) -> bool:
        """Whether it says all of a guest, so that nobody need be asked who stood there."""
        return len(self.given) == len(self.__struct_fields__)

    def of(self, guest: Guest) -> Guest:
        """The guest as corrected."""
        given = self.given
        corrected = msgspec.structs.replace(guest, **given)
        anew = {
            detail: getattr(EMPTY_GUEST, detail)
            for name, details in _DETAILS.items()
            if getattr(corrected, name) != getattr(guest, name)
            for detail in details
            if detail not in given
        }
        if not given.keys() & {*_PAPERS} and corrected.no_papers and "no_papers" in given:
            anew |= dict.fromkeys(_PAPERS)
        elif "no_papers" not in given and any(given.get(name) is not None for name in _PAPERS):
            anew["no_papers"] = False
        return msgspec.structs.replace(corrected, **anew)


#: Whose details are those of a guest of whom nothing was said.
EMPTY_GUEST: Final = Guest(full_name="")


class _Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    word: ClassVar[str]


class Amend(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="amend"):
    """Correct what was told; what is absent stays, within `guest` too."""

    word: ClassVar[str] = "amended"
    guest: GuestChange | UnsetType = UNSET
    arrived_at: datetime | UnsetType = UNSET
    planned_departure_at: datetime | UnsetType | None = UNSET
    room: str | UnsetType | None = UNSET
    hourly: bool | UnsetType = UNSET
    reason: int | UnsetType | None = UNSET
    reason_text: str | UnsetType | None = UNSET


class Extend(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="extend"):
    """The guest stays longer (or leaves earlier than planned)."""

    word: ClassVar[str] = "extended"
    planned_departure_at: datetime


class MoveRoom(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="move_room"):
    """The guest changes rooms."""

    word: ClassVar[str] = "room_changed"
    room: str


class Depart(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="depart"):
    """The guest has left; without a time: now, on the database clock."""

    word: ClassVar[str] = "departed"
    departed_at: datetime | None = None


class UndoDeparture(
    _Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="undo_departure"
):
    """The departure was recorded by mistake: the guest is still there."""

    word: ClassVar[str] = "departure_undone"


class VoidStay(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="void"):
    """The declaration was a mistake: it stays on record, marked void, with the reason."""

    word: ClassVar[str] = "voided"
    reason: str


Change = Amend | Extend | MoveRoom | Depart | UndoDeparture | VoidStay


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one stay. `expected_version` refuses to overwrite what the asker has not seen."""

    facility_id: UUID
    stay_id: UUID
    change: Change
    via: Via
    expected_version: int | None = None
    key: str | None = None
    body: bytes = b""
    saved: SavedTime | None = None
