"""What a stay covers, and what a second declaration of it says anew: the rule as a table."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from asm.stays.entry import Guest, StayEntry, TimePrecision
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.periods import overlap, period_of
from asm.stays.rules.same_arrival import (
    differences,
    may_be_somebody_else,
    merged_entry,
    same_arrival,
)
from tests.stays.cases import CITIZEN


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def declared(guest: Guest = CITIZEN, /, **changes: Any) -> StayEntry:
    values = {"arrived_at": at(10, 15), "planned_departure_at": at(12, 12), "room": "101"}
    return StayEntry(guest=guest, **values | changes)


def of_guest(**changes: Any) -> StayEntry:
    return declared(msgspec.structs.replace(CITIZEN, **changes))


MORNING = declared(arrived_at=at(10, 9), planned_departure_at=at(11, 12))
HOURLY = declared(arrived_at=at(10, 9), planned_departure_at=at(10, 11), hourly=True)
PERIODS = [
    ("left at 11, back at 22", MORNING, at(10, 11), at(10, 22), False),
    ("left at 11, told of 10", MORNING, at(10, 11), at(10, 10), True),
    ("left, and back the same minute", MORNING, at(10, 11), at(10, 11), False),
    ("still in after midnight", declared(arrived_at=at(10, 23, 40)), None, at(11, 0, 10), True),
    ("the same moment, left at once", MORNING, at(10, 9), at(10, 9), True),
    ("by the hour, its hour over", HOURLY, None, at(10, 11), False),
    ("by the hour, within its hour", HOURLY, None, at(10, 10, 59), True),
    (
        "planned for ten: there until noon",
        declared(planned_departure_at=at(12, 10)),
        None,
        at(12, 11, 59),
        True,
    ),
    (
        "planned for ten: over at noon",
        declared(planned_departure_at=at(12, 10)),
        None,
        at(12, 12),
        False,
    ),
    ("planned for the evening", declared(planned_departure_at=at(12, 18)), None, at(12, 17), True),
    ("no end told", declared(planned_departure_at=None), None, at(28, 9), True),
    (
        "by the hour, no end told, a day later",
        declared(planned_departure_at=None, hourly=True),
        None,
        at(11, 15),
        False,
    ),
    ("declared late, of before", declared(arrived_at=at(10, 15)), None, at(8, 9), False),
]


@pytest.mark.parametrize(
    ("standing", "departed_at", "arrives", "same"),
    [case[1:] for case in PERIODS],
    ids=[case[0] for case in PERIODS],
)
def test_two_stays_overlap_or_not(
    standing: StayEntry, departed_at: datetime | None, arrives: datetime, *, same: bool
) -> None:
    new = declared(
        arrived_at=arrives, planned_departure_at=arrives + timedelta(hours=1), hourly=True
    )
    first, other = period_of(standing, departed_at), period_of(new)
    assert overlap(first, other) is overlap(other, first) is same


ROOM = {"room": "102"}
LATER = {"planned_departure_at": at(14, 12)}
DIFFERENCES = [
    ("nothing new", declared(), {}, {}, []),
    ("nothing told but who", declared(planned_departure_at=None, room=None), {}, {}, []),
    (
        "seconds are no difference",
        declared(arrived_at=at(10, 15) + timedelta(seconds=40)),
        {},
        {},
        [],
    ),
    ("another zone's clock", declared(arrived_at=at(10, 15).astimezone()), {}, {}, []),
    ("another room", declared(**ROOM), ROOM, {}, []),
    ("stays longer", declared(**LATER), LATER, {}, []),
    ("both", declared(**ROOM | LATER), ROOM | LATER, {}, []),
    ("another hour", declared(arrived_at=at(10, 16)), {}, {}, ["arrived_at"]),
    ("by the hour", declared(hourly=True), {}, {}, ["hourly"]),
    ("a reason, where none was told", declared(reason=2), {}, {"reason": 2}, []),
    ("capitals", of_guest(full_name="NGUYỄN VĂN MẪU"), {}, {}, []),
    ("without marks, as a machine prints it", of_guest(full_name="NGUYEN VAN MAU"), {}, {}, []),
    ("another name", of_guest(full_name="Nguyễn Văn Mậu"), {}, {}, ["guest.full_name"]),
    ("another birth date", of_guest(birth_date=date(1990, 8, 16)), {}, {}, ["guest.birth_date"]),
    (
        "the year alone",
        of_guest(birth_date=date(1990, 1, 1), birth_date_precision="year"),
        {},
        {},
        [],
    ),
    (
        "another year",
        of_guest(birth_date=date(1991, 1, 1), birth_date_precision="year"),
        {},
        {},
        ["guest.birth_date"],
    ),
    ("another sex", of_guest(sex="female"), {}, {}, ["guest.sex"]),
    ("another nationality", of_guest(nationality="FRA"), {}, {}, ["guest.nationality"]),
    ("the new card of the same number", of_guest(document_type=8), {}, {}, []),
    ("a telephone, added", of_guest(phone="0900000001"), {}, {"guest.phone": "0900000001"}, []),
    ("the province by name", of_guest(residence_province="Hà Nội"), {}, {}, []),
    ("another province", of_guest(residence_province="79"), {}, {}, ["guest.residence_province"]),
    ("a name read from the card", of_guest(name_source="card"), {}, {}, []),
]


@pytest.mark.parametrize(
    ("again", "changes", "additions", "conflicts"),
    [case[1:] for case in DIFFERENCES],
    ids=[case[0] for case in DIFFERENCES],
)
def test_what_is_told_anew(
    again: StayEntry, changes: dict[str, Any], additions: dict[str, Any], conflicts: list[str]
) -> None:
    result = differences(again, declared())
    assert (result.changes, result.additions, result.conflicts) == (changes, additions, conflicts)
    assert bool(result) is bool(changes or additions or conflicts)
    if not conflicts:
        assert not differences(again, merged_entry(declared(), result))


def test_an_hour_that_the_door_filled_in_is_not_told() -> None:
    later = declared(arrived_at=at(10, 21), room="102")
    assert differences(later, declared(), TimePrecision(arrival="nothing")).fields == ["room"]


def test_a_birth_date_completes_a_year() -> None:
    year = of_guest(birth_date=date(1990, 1, 1), birth_date_precision="year")
    result = differences(declared(), year)
    assert result.additions == {"guest.birth_date": CITIZEN.birth_date}
    assert merged_entry(year, result).guest == CITIZEN


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (declared(), True),
        (declared(arrived_at=at(11, 9)), True),
        (declared(arrived_at=at(12, 13), planned_departure_at=at(13, 12)), False),
    ],
)
def test_twice_in_one_declaration(other: StayEntry, *, same: bool) -> None:
    assert same_arrival(other, declared()) is same


def test_a_name_and_a_year_are_one_person_only_at_one_hour_in_one_room() -> None:
    old = msgspec.structs.replace(
        CITIZEN, document_number=None, document_type=None, no_papers=True,
        birth_date=date(1950, 1, 1), birth_date_precision="year",
    )  # fmt: skip
    assert same_arrival(declared(old), declared(old))
    assert not same_arrival(declared(old), declared(old, room="102"))
    assert not same_arrival(declared(old), declared(old, arrived_at=at(10, 17)))


WEAK = {"document_number": None, "birth_date": date(1985, 1, 1), "birth_date_precision": "year"}
NOW_ALONE = TimePrecision(arrival="nothing")


@pytest.mark.parametrize(
    ("person", "changes", "precision", "doubted"),
    [
        (WEAK, {"arrived_at": at(10, 17)}, NOW_ALONE, True),
        (WEAK, {"arrived_at": at(10, 17), "room": None}, NOW_ALONE, True),
        (WEAK, {"arrived_at": at(10, 17), "room": "102"}, NOW_ALONE, False),
        (WEAK, {"arrived_at": at(10, 17)}, TimePrecision(), False),
        (WEAK, {"arrived_at": at(10, 15) + timedelta(seconds=59)}, NOW_ALONE, False),
        ({}, {"arrived_at": at(10, 17)}, NOW_ALONE, False),
        (WEAK | {"birth_date_precision": "day"}, {"arrived_at": at(10, 17)}, NOW_ALONE, False),
    ],
)
def test_a_name_and_a_year_that_came_now_may_be_somebody_else(
    person: dict[str, Any], changes: dict[str, Any], precision: TimePrecision, *, doubted: bool
) -> None:
    standing = of_guest(**person)
    entry = msgspec.structs.replace(standing, **changes)
    assert may_be_somebody_else(entry, standing, precision) is doubted
