"""The guests of a ward's night, searched and narrowed.

What is sealed is not searched: names and numbers of guests are opened by reading a page of the
list, which is written down. A search by name over the ward would open everybody, or need the keyed
hashes of names, which the vault keeps for the worker's checks alone.
"""

from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, exists, func, or_, select

from asm.accounts.access import Access
from asm.checks.flags.model import flag
from asm.facilities.model import facility
from asm.geo.folding import fold
from asm.stays.model import stay
from asm.stays.queries import FIRST_PAGE, StayPage, Window, ward_guests

#: `late`: declared after the hour of the law. `overdue`: past the planned departure, nobody checked
#: them out. `left`: departed.
Narrowed = Literal["foreign", "flagged", "late", "overdue", "left"]
LONGEST: Final = 60


class GuestFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which guests. `search`: a room, a receipt number, or a part of a facility's name."""

    search: str = ""
    facility_id: UUID | None = None
    narrowed: Narrowed | None = None


async def ward_guest_list(
    access: Access, ward_night: tuple[str, date], only: GuestFilter, window: Window = FIRST_PAGE
) -> StayPage:
    """A page of them, as `ward_guests`. Each guest on it is opened, which is written down."""
    conditions: list[ColumnElement[bool]] = []
    if only.facility_id is not None:
        conditions.append(stay.c.facility_id == only.facility_id)
    if only.search.strip():
        conditions.append(_matches(only.search.strip()[:LONGEST]))
    if only.narrowed is not None:
        conditions.append(_narrowed(access, only.narrowed))
    return await ward_guests(access, ward_night, window, conditions)


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
