"""The guests of a ward's night, searched and narrowed.

What is sealed the database cannot search: the keyed hashes of names are for the worker's checks
alone. A search by name opens the guests of the one night, up to a number, and compares here; that
they were opened is written down as for a page of the list.
"""

from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, func, or_, select

from asm.accounts.access import Access
from asm.checks.flags.model import flag
from asm.errors import invalid_field
from asm.facilities.model import facility
from asm.geo.folding import fold
from asm.stays.model import stay
from asm.stays.queries import FIRST_PAGE, StayPage, StayView, Window, ward_guests

#: `late`: declared after the hour of the law. `overdue`: past the planned departure, nobody checked
#: them out. `left`: departed.
Narrowed = Literal["foreign", "flagged", "late", "overdue", "left"]
LONGEST: Final = 60
#: Letters of a name that is looked for, and guests that are opened to find it.
SHORTEST_NAME: Final = 2
MOST_OPENED: Final = 1000


class GuestFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which guests. `search`: a room, a receipt number, or a part of a facility's name."""

    search: str = ""
    facility_id: UUID | None = None
    narrowed: Narrowed | None = None


class NamedGuests(msgspec.Struct, frozen=True, kw_only=True):
    """Those of a name, of `opened` guests of `total`: others were not looked at."""

    stays: list[StayView]
    opened: int
    total: int


async def ward_guest_list(
    access: Access, ward_night: tuple[str, date], only: GuestFilter, window: Window = FIRST_PAGE
) -> StayPage:
    """A page of them, as `ward_guests`. Each guest on it is opened, which is written down."""
    return await ward_guests(access, ward_night, window, _conditions(access, only))


def name_parts(name: str) -> list[str]:
    """What a search compares, word by word. Raises Invalid `name_short`."""
    parts = fold(name[:LONGEST]).split()
    if len("".join(parts)) < SHORTEST_NAME:
        raise invalid_field("/name", "name_short", least=SHORTEST_NAME)
    return parts


async def guests_named(
    access: Access, ward_night: tuple[str, date], only: GuestFilter, name: str
) -> NamedGuests:
    """Those whose names have all words of `name`, a word's beginning being enough, whatever the
    letters' case and marks; who is called just so comes first. Raises Invalid `name_short`.
    """
    typed = name_parts(name)
    night = await ward_guests(
        access, ward_night, Window(size=MOST_OPENED), _conditions(access, only)
    )
    called = [(fold(each.guest.full_name).split(), each) for each in night.stays]
    named = [(has != typed, each) for has, each in called if _has_all(has, typed)]
    named.sort(key=lambda each: each[0])
    return NamedGuests(
        stays=[each for _, each in named], opened=len(night.stays), total=night.total
    )


def _has_all(has: list[str], typed: list[str]) -> bool:
    """Each of `typed` begins another one of the name's; the longest choose first."""
    left = list(has)
    for word in sorted(typed, key=len, reverse=True):
        match = min((each for each in left if each.startswith(word)), key=len, default=None)
        if match is None:
            return False
        left.remove(match)
    return True


def _conditions(access: Access, only: GuestFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if only.facility_id is not None:
        conditions.append(stay.c.facility_id == only.facility_id)
    if only.search.strip():
        conditions.append(_matches(only.search.strip()[:LONGEST]))
    if only.narrowed is not None:
        conditions.append(_narrowed(access, only.narrowed))
    return conditions


def _matches(search: str) -> ColumnElement[bool]:
    ways = [
        func.lower(stay.c.room_name) == search.casefold(),
        func.upper(stay.c.receipt_number) == search.upper(),
    ]
    folded = fold(search)
    if folded:
        named = facility.c.folded_name.contains(folded, autoescape=True)
        ways.append(stay.c.facility_id.in_(select(facility.c.id).where(named)))
    return or_(*ways)


def _narrowed(access: Access, narrowed: Narrowed) -> ColumnElement[bool]:
    if narrowed == "foreign":
        return stay.c.foreigner
    if narrowed == "late":
        return stay.c.on_time.is_(False)
    if narrowed == "left":
        return stay.c.departed_at.is_not(None)
    if narrowed == "overdue":
        return (
            stay.c.departed_at.is_(None)
            & (stay.c.planned_departure_at < access.actor.now)
            & stay.c.hourly.is_(False)
        )
    return exists().where(
        flag.c.facility_id == stay.c.facility_id,
        flag.c.stay_id == stay.c.id,
        flag.c.closed_at.is_(None),
        flag.c.dismissed_at.is_(None),
    )
