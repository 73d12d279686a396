"""Two guests of whom no number tells whether they are one person. Pure.

Such a pair is stored as two: to double a guest loses nothing, to merge two loses one. But it is
said, to whoever can tell.
"""

from typing import Literal

from asm.identity.names import folded_key, may_be_one_name, person_key
from asm.stays.entry import TO_THE_MINUTE, Guest, StayEntry, TimePrecision
from asm.stays.rules.periods import overlap, possible_period


def found_by_name(guest: Guest) -> str:
    """What is equal for all ways to write one name: no case, no marks, no order of the words."""
    return " ".join(sorted(folded_key(guest.full_name).split()))


def may_be_one_person(guest: Guest, other: Guest) -> bool:
    """Whether name and year of birth fit and nothing contradicts, of two guests of whom at least
    one has no number. Names with marks that differ are two names: An is not Ân.
    """
    if guest.document_number is not None and other.document_number is not None:
        return False
    return (
        _births_fit(guest, other)
        and guest.nationality == other.nationality
        and (guest.sex is None or other.sex is None or guest.sex == other.sex)
        and _names_fit(guest.full_name, other.full_name)
    )


def likeness(
    entry: StayEntry,
    other: StayEntry,
    precision: TimePrecision = TO_THE_MINUTE,
    other_precision: TimePrecision = TO_THE_MINUTE,
) -> Literal["one", "maybe"] | None:
    """Of two entries of one declaration: `one` when they are told in two ways and share time and
    room, `maybe` when the room is another. None: two people, or one told twice in one way.
    """
    guest, known = entry.guest, other.guest
    if _written_alike(guest, known) or not may_be_one_person(guest, known):
        return None
    if not overlap(possible_period(entry, precision), possible_period(other, other_precision)):
        return None
    rooms = {(room or "").strip() for room in (entry.room, other.room)}
    return "one" if len(rooms - {""}) < 2 else "maybe"


def _births_fit(guest: Guest, other: Guest) -> bool:
    if guest.birth_date is None or other.birth_date is None:
        return False
    if "year" in {guest.birth_date_precision, other.birth_date_precision}:
        return guest.birth_date.year == other.birth_date.year
    return guest.birth_date == other.birth_date


def _names_fit(name: str, other: str) -> bool:
    if may_be_one_name(name, other):
        return True
    return sorted(person_key(name).split()) == sorted(person_key(other).split())


def _written_alike(guest: Guest, other: Guest) -> bool:
    return _identity(guest) == _identity(other)


def _identity(guest: Guest) -> tuple[object, ...]:
    return (
        guest.document_number,
        person_key(guest.full_name),
        guest.birth_date,
        guest.birth_date_precision,
        guest.sex,
    )
