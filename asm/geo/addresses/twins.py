"""When two doors written down are one and the same: close together, and called alike."""

from difflib import SequenceMatcher
from typing import Final

import msgspec

#: A phone's position in a narrow street is off by this much.
NEAR_M: Final = 30
#: How like each other two texts must be, 0 to 1, after folding.
ALIKE: Final = 0.75


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: the folded text, and the folded floor or flat (empty when unknown)."""

    folded: str
    floor: str = ""


def are_twins(door: Door, other: Door, distance_m: float) -> bool:
    """Whether both mean the same door: at most NEAR_M apart, with the same numbers and like words.

    12 and 14 of a street differ by one letter and are two houses, so every number must agree;
    two flats behind one door are two addresses, so the floors must agree where both are told.
    """
    if distance_m > NEAR_M or _numbers(door.folded) != _numbers(other.folded):
        return False
    if door.floor and other.floor and door.floor != other.floor:
        return False
    return SequenceMatcher(None, door.folded, other.folded, autojunk=False).ratio() >= ALIKE


def _numbers(folded: str) -> list[str]:
    return [word for word in folded.split() if any(sign.isdigit() for sign in word)]
