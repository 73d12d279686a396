"""What may be changed of a stay after it was declared. Absent means unchanged, null means none."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from asm.stays.declaration import Via
from asm.stays.entry import Guest


class _Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    word: ClassVar[str]


class Amend(_Change, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="amend"):
    """Correct what was told. `guest` replaces the whole guest."""

    word: ClassVar[str] = "amended"
    guest: Guest | UnsetType = UNSET
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
