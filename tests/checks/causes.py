"""For each check a cause that raises one flag in Lan's hotel, and the change that takes it away."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from asm.stays.changes import Amend, Change, Depart, GuestChange, MoveRoom, VoidStay
from asm.stays.entry import StayEntry
from tests.checks.desks import Desks, at, fresh_number, somebody


def entry(
    arrived: datetime,
    leaves: datetime | None = None,
    *,
    room: str = "101",
    hourly: bool = False,
    **guest: Any,
) -> StayEntry:
    """A stay of a fresh grown-up at Lan's, or of whoever `guest` says."""
    return StayEntry(
        guest=msgspec.structs.replace(somebody(fresh_number()), **guest),
        arrived_at=arrived,
        planned_departure_at=leaves,
        room=room,
        hourly=hourly,
    )


def child(born: date = date(2018, 5, 5)) -> dict[str, Any]:
    """Another child each time: without a number the name tells them apart."""
    # No digits in names: the next number, in letters.
    letters = "".join(chr(ord("a") + int(digit)) for digit in fresh_number()[-6:])
    return {
        "full_name": f"Bé {letters}",
        "birth_date": born,
        "document_type": None,
        "document_number": None,
    }


def foreigner(until: date | None) -> dict[str, Any]:
    return {
        "nationality": "KOR",
        "document_type": 4,
        "document_number": f"M{fresh_number()[-7:]}",
        "residence_country": "KOR",
        "residence_province": None,
        "permitted_stay_until": until,
    }


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """`bring` returns the stay whose `undo` takes the cause away; the flag is seen at `seen`. One
    that is wrong fails in `test_every_check.py` with the id of its check.
    """

    check_id: str
    bring: Callable[[Desks], Awaitable[UUID]]
    undo: Change
    seen: datetime
    #: The flag is about this very stay.
    about_stay: bool = True


async def _overstay(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(3, 11))]))[0]


async def _long(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(31, 11))]))[0]


async def _permitted(desks: Desks) -> UUID:
    party = [entry(at(1), at(5, 11), **foreigner(date(2026, 3, 4)))]
    return (await desks.declare_all("lan", party))[0]


async def _child(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(5, 11), **child())]))[0]


async def _crowded(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(5, 11)) for _ in range(3)]))[0]


async def _doubtful(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(5, 11), sex="female")]))[0]


async def _late(desks: Desks) -> UUID:
    return (await desks.declare_all("lan", [entry(at(1), at(5, 11))], declared_at=at(2, 9)))[0]


async def _often_late(desks: Desks) -> UUID:
    for day in (1, 2):
        await desks.declare_all("lan", [entry(at(day), at(9, 11))], declared_at=at(day + 1, 9))
    return (await desks.declare_all("lan", [entry(at(3), at(9, 11))], declared_at=at(4, 9)))[0]


async def _no_papers(desks: Desks) -> UUID:
    return await desks.declare("lan", None, at(1), at(5, 11))


VOID = VoidStay(reason="nhầm")
CAUSES = (
    Cause(
        check_id="overstay",
        bring=_overstay,
        undo=Depart(departed_at=at(3, 12)),
        seen=at(4),
    ),
    Cause(
        check_id="stay-reaches-30-days",
        bring=_long,
        undo=Amend(planned_departure_at=at(30, 11)),
        seen=at(2),
    ),
    Cause(
        check_id="permitted-stay-ends",
        bring=_permitted,
        undo=Amend(planned_departure_at=at(4, 11)),
        seen=at(2),
    ),
    Cause(
        check_id="child-without-adult",
        bring=_child,
        undo=Amend(guest=GuestChange.to(somebody(fresh_number()))),
        seen=at(2),
    ),
    Cause(
        check_id="more-guests-than-beds",
        bring=_crowded,
        undo=MoveRoom(room="102"),
        seen=at(2),
        about_stay=False,
    ),
    Cause(
        check_id="doubtful-paper",
        bring=_doubtful,
        undo=Amend(guest=GuestChange.to(somebody(fresh_number()))),
        seen=at(2),
    ),
    Cause(check_id="declared-late", bring=_late, undo=VOID, seen=at(3)),
    Cause(
        check_id="facility-often-late",
        bring=_often_late,
        undo=VOID,
        seen=at(5),
        about_stay=False,
    ),
    Cause(check_id="guest-without-papers", bring=_no_papers, undo=VOID, seen=at(2)),
)
