"""Forty-two stays over twelve nights, 27 February to 10 March 2026, as a table to count in by hand.

Ward A (00070): the hotel of Lan, 16 rooms of two beds; the boarding house of Hải, six of three; the
hospital of Bích, five departments of four. Ward B (00004): the guest house of Tuấn, four rooms of
two beds, closed on the nights of 6 and 7 March. All four were open long before.

Each line: id, person, where, residence, reason (None: as the house's kind says), from, to (None:
nobody said an end), room, what else. A moment is `day hour:minute`; days 27 and 28 are February's.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.questions.area import Area
from asm.analytics.questions.figures import Figures, figures
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.span import Span
from asm.db.base import VIETNAM
from asm.db.session import make_sessions, one_transaction
from asm.facilities.closures import ClosureInput, add_closure
from asm.stays.changes import Amend, Change, Depart, Extend, GuestChange, VoidStay
from asm.stays.entry import Guest, StayEntry
from tests.analytics.totals.kept import follow_up, open_since, send_again
from tests.checks.desks import Desks

WARD_A, WARD_B = "00070", "00004"
FIRST, LAST = date(2026, 2, 27), date(2026, 3, 10)
SPAN: Final = Span(first=FIRST, last=LAST)
A, B = Area(kind="ward", code=WARD_A), Area(kind="ward", code=WARD_B)

_ANSWER = text("UPDATE identity_check SET status = :status WHERE stay_id = :stay")
_EXCUSE = text("""
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT facility_id, id, 1, ward_code, 'invented' FROM stay WHERE id = :stay
""")


class Line(NamedTuple):
    id: str
    person: int
    login: str
    lives: str
    reason: int | None
    arrives: str
    leaves: str | None
    room: str
    more: Mapping[str, Any] = {}


HOURLY: Final = {"hourly": True}
TABLE: Final = [
    # The hotel: tourism, but for H06 (came to work) and H26 (twelve months by the calendar).
    Line("H01", 1, "lan", "P01", None, "27 15:00", "1 11:00", "101"),  # over the month's end
    Line("H02", 2, "lan", "P48", None, "27 16:00", "28 11:00", "101"),
    Line("H03", 3, "lan", "CKOR", None, "27 20:00", "3 10:00", "102"),
    Line("H04", 4, "lan", "CKOR", None, "27 20:00", "3 10:00", "102"),
    Line("H05", 5, "lan", "P79", 2, "28 14:00", "1 12:00", "101"),  # a business trip: tourism
    Line("H06", 6, "lan", "P79", 19, "28 14:00", "4 12:00", "202"),
    Line("H07", 7, "lan", "P01", None, "1 01:00", "1 09:00", "101"),  # the night of 28 February
    Line("H08", 8, "lan", "P01", None, "1 01:00", "2 09:00", "101"),  # both nights
    Line("H09", 9, "lan", "P01", None, "1 09:00", "1 17:00", "101"),  # same day
    Line("H10", 10, "lan", "P01", None, "1 13:00", "1 16:00", "101", HOURLY),
    Line("H11", 11, "lan", "P01", None, "1 13:00", "1 16:00", "101", HOURLY),  # and T01 that night
    Line("H13", 12, "lan", "P31", None, "2 15:00", "9 11:00", "101"),  # the 4th at Tuấn's: T02
    Line("H14", 13, "lan", "P01", None, "3 15:00", "5 11:00", "101",
         {"now": "3 16:00", "change": VoidStay(reason="Khai nhầm")}),
    Line("H15", 14, "lan", "P01", None, "3 15:00", "8 11:00", "101",
         {"now": "5 06:30", "change": "departed 5 06:00"}),  # two nights
    Line("H16", 15, "lan", "?", None, "4 15:00", "6 11:00", "101"),
    Line("H17", 16, "lan", "CJPN", None, "5 15:00", None, "101"),  # nobody said an end
    Line("H18", 17, "lan", "P01", None, "9 15:00", "11 11:00", "101",
         {"now": "10 09:00", "change": "extended 14 11:00"}),
    Line("H19", 1, "lan", "P01", None, "8 15:00", "9 11:00", "101"),  # again, a week away
    Line("H20", 2, "lan", "P48", None, "28 15:00", "1 11:00", "101"),  # no night away
    Line("H21", 18, "lan", "P01", None, "6 22:00", "7 11:00", "101", {"declared": "8 12:00"}),
    Line("H22", 19, "lan", "P01", None, "7 18:00", "8 11:00", "101", {"declared": "9 12:00"}),
    Line("H23", 41, "lan", "P01", None, "27 15:00", "28 11:00", "101",
         {"declared": "11 09:00"}),  # so late that its night is no longer provisional
    Line("H24", 42, "lan", "CFRA", None, "10 15:00", "12 11:00", "101"),  # one night of two
    Line("H25", 43, "lan", "P01", None, "2 15:00", "5 11:00", "101",
         {"now": "3 09:00", "change": Amend(guest=GuestChange(residence_province="48"))}),
    Line("H26", 44, "lan", "P01", None, "27 15:00", "365 11:00", "201"),
    # The boarding house: no tourism.
    Line("B01", 20, "hai", "P40", 19, "27 10:00", "92 11:00", "1"),
    Line("B02", 21, "hai", "P40", 19, "28 18:00", None, "2"),
    Line("B03", 22, "hai", "P38", 3, "5 18:00", "8 08:30", "3"),
    # The hospital: none either.
    Line("K01", 23, "bich", "P01", None, "1 08:30", "4 10:00", "301"),
    Line("K02", 24, "bich", "P24", None, "3 10:00", "3 18:00", "301"),  # same day
    # The guest house in ward B.
    Line("T01", 11, "tuan", "P01", None, "1 19:00", "2 09:00", "1"),  # after H11 by the hour
    Line("T02", 12, "tuan", "P31", None, "4 15:00", "5 11:00", "1"),  # takes H13's night of the 4th
    # Nine guests in eight beds; T10 slept there on the 6th (T12), T11 at the hotel (H23).
    *(Line(f"T{index:02}", 30 + index, "tuan", "P79", None, "9 15:00", "10 11:00", "1")
      for index in range(3, 12)),
    Line("T12", 40, "tuan", "P48", None, "6 23:00", "7 10:00", "1"),  # in a closed house
]  # fmt: skip
#: Answers of the population service about the guests of some stays. Of the other Vietnamese none is
#: there yet; the foreigners have no number to ask about.
ANSWERS: Final = {"H01": "verified", "H02": "verified", "H05": "does_not_match"}
#: Late because of an incident.
EXCUSED: Final = "H22"


def moment(written: str) -> datetime:
    """`27 15:00` is in February, `1 11:00` in March; `365` is a year after 27 February."""
    day, clock = written.split()
    hour, minute = map(int, clock.split(":"))
    days = int(day) - 28 if int(day) in (27, 28) else int(day)
    days = {365: 364, 92: 91}.get(days, days)
    midnight = datetime(2026, 2, 28, tzinfo=VIETNAM) + timedelta(days=days)
    return midnight.replace(hour=hour, minute=minute)


#: Noon of 11 March: the twelve nights are over, the last eight of them provisional.
NOW: Final = moment("11 12:00")


def guest(line: Line) -> Guest:
    number = f"001095{line.person:06}"
    if line.lives.startswith("C"):
        return Guest(
            full_name="KIM SOO MAU", birth_date=date(1990, 1, 1), sex="male", document_type=4,
            document_number=f"M{line.person:08}", nationality=line.lives[1:],
            residence_country=line.lives[1:], permitted_stay_until=date(2027, 12, 31),
        )  # fmt: skip
    return Guest(
        full_name="Nguyễn Văn Mẫu", birth_date=date(1995, 5, 5), sex="male", document_type=1,
        document_number=number, residence_kind=1,
        residence_province=None if line.lives == "?" else line.lives[1:],
    )  # fmt: skip


def _change(written: Change | str) -> Change:
    if not isinstance(written, str):
        return written
    what, when = written.split(" ", 1)
    if what == "departed":
        return Depart(departed_at=moment(when))
    return Extend(planned_departure_at=moment(when))


async def live_the_twelve_nights(desks: Desks, worker: AsyncEngine) -> dict[str, UUID]:
    """Declare and change everything through the use cases at its time, follow up as the worker
    does, evening by evening, and give the id of each stay.
    """
    await open_since(desks.engine)
    async with one_transaction(desks.engine) as session:
        tuan = Scope(session, await actor_of_login(session, "tuan"))
        closed = ClosureInput(
            starts_on=date(2026, 3, 6), ends_on=date(2026, 3, 8), reason="Sửa chữa"
        )
        await add_closure(tuan, desks.cast.guest_house_b, closed)
    stays: dict[str, UUID] = {}
    day = FIRST
    for when, line, deed in sorted(_deeds(), key=lambda each: (each[0], each[1].id)):
        while day < when.date():
            await follow_up(worker, datetime.combine(day, time(23), VIETNAM))
            day += timedelta(days=1)
        if deed is not None:
            await desks.change(line.login, stays[line.id], deed, when)
        else:
            (stays[line.id],) = await desks.declare_all(line.login, [_entry(line)], when)
    await _answer_and_excuse(desks, stays)
    await follow_up(worker, NOW)
    return stays


def _deeds() -> Iterator[tuple[datetime, Line, Change | None]]:
    """When each line is declared (None), and when it is changed how."""
    for line in TABLE:
        arrived = moment(line.arrives)
        declared = line.more.get("declared")
        yield moment(declared) if declared else arrived + timedelta(minutes=10), line, None
        if "change" in line.more:
            yield moment(line.more["now"]), line, _change(line.more["change"])


def _entry(line: Line) -> StayEntry:
    return StayEntry(
        guest=guest(line),
        arrived_at=moment(line.arrives),
        planned_departure_at=moment(line.leaves) if line.leaves else None,
        room=line.room,
        reason=line.reason,
        hourly=bool(line.more.get("hourly")),
    )


async def _answer_and_excuse(desks: Desks, stays: Mapping[str, UUID]) -> None:
    async with one_transaction(desks.engine) as session:
        for line, status in ANSWERS.items():
            answered = await session.execute(_ANSWER, {"stay": stays[line], "status": status})
            assert answered.rowcount == 1, line
        await session.execute(_EXCUSE, {"stay": stays[EXCUSED]})
    changed = [stays[line] for line in (*ANSWERS, EXCUSED)]
    await send_again(desks.engine, [(desks.cast.hoa_sen, stay) for stay in changed])


@asynccontextmanager
async def officer(engine: AsyncEngine, login: str) -> AsyncIterator[Scope]:
    """The cast's officer at NOW."""
    async with make_sessions(engine)() as session:
        actor = msgspec.structs.replace(await actor_of_login(session, login), now=NOW)
        yield Scope(session, actor)


async def seen(
    engine: AsyncEngine, login: str, area: Area, narrowing: Narrowing = EVERYTHING
) -> Figures:
    """The figures of the twelve nights as that officer sees them."""
    async with officer(engine, login) as scope:
        return await figures(scope, area, SPAN, narrowing)
