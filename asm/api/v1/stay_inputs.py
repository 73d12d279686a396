"""The form in which a party arrives over the JSON interface."""

from datetime import date, datetime

import msgspec

from asm.db.base import vietnam_time
from asm.imports.card_guest import CardGuest
from asm.stays.entry import Guest, StayEntry

MAX_GUESTS = 100


class GuestInput(Guest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guest told field by field, or read from a card: give `card_qr`, the text of the QR on the
    card. Fields given beside it replace what the card says; `name_confirmed` beside it says that a
    person compared the name with the card, so that it is used even where it looks garbled
    (`card_qr.telex`). `room` replaces the party's room.
    """

    full_name: str = ""
    card_qr: str | None = None
    room: str | None = None


class StayDeclaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party that arrives together: 1 to 100 guests. Times carry an offset (RFC 3339)."""

    arrived_at: datetime
    guests: list[GuestInput]
    planned_departure_at: datetime | None = None
    room: str | None = None
    hourly: bool = False
    reason: int | None = None
    reason_text: str | None = None


_GUEST_FIELDS = msgspec.structs.fields(Guest)
_GUEST_NAMES = tuple(field.name for field in _GUEST_FIELDS)


def card_guests(data: StayDeclaration, today: date) -> list[CardGuest]:
    """Each guest with its stay and what was found while reading its card."""
    return [
        CardGuest(entry=_entry(data, guest), notes=[])
        if guest.card_qr is None
        else CardGuest.read(guest.card_qr, _given_fields(guest), _entry(data, guest), today)
        for guest in data.guests
    ]


def _given_fields(guest: GuestInput) -> dict[str, object]:
    """Only what was really given: defaults must not replace what the card says."""
    values = {f.encode_name: getattr(guest, f.name) for f in _GUEST_FIELDS}
    defaults = {f.encode_name: f.default for f in _GUEST_FIELDS} | {"full_name": ""}
    return {name: value for name, value in values.items() if value != defaults[name]}


def _entry(data: StayDeclaration, guest: GuestInput) -> StayEntry:
    plain = Guest(**{name: getattr(guest, name) for name in _GUEST_NAMES})
    return StayEntry(
        guest=plain,
        arrived_at=_on_our_clock(data.arrived_at),
        planned_departure_at=(
            None if data.planned_departure_at is None else _on_our_clock(data.planned_departure_at)
        ),
        room=guest.room or data.room,
        hourly=data.hourly,
        reason=data.reason,
        reason_text=data.reason_text,
    )


def _on_our_clock(moment: datetime) -> datetime:
    """The same instant as Vietnam's clocks show it, once for all the rules that ask for its day."""
    try:
        return moment if moment.utcoffset() is None else vietnam_time(moment)
    except OverflowError:
        return moment  # the edge of the calendar, which a rule refuses
