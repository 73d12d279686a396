"""Whom to call: pure, at any hour."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from asm.analytics.tonight import FacilityTonight, Tonight
from asm.db.base import VIETNAM
from asm.wards.calls import Call, Outcome
from asm.wards.evening.habits import Habit
from asm.wards.evening.silent import Silence, sort_silent

NIGHT = date(2026, 3, 2)


def clock(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, tzinfo=VIETNAM) + timedelta(hours=hour, minutes=minute)


def house(number: int) -> FacilityTonight:
    return FacilityTonight(
        id=UUID(int=number), name=f"Nhà {number}", kind="hotel", phone=None, closed=False,
        declared=False, guests=0, last_declared_at=None,
    )  # fmt: skip


def habit(declared: int, *, spoke_by: datetime | None = None, guests: int = 3) -> Habit:
    dots = tuple(number < declared for number in range(8))
    return Habit(dots=dots, usual_guests=guests, expected=declared * 4 >= 24, spoke_by=spoke_by)


def night_with(*houses: FacilityTonight, certain: bool = True) -> Tonight:
    return Tonight(
        ward_code="00070", night=NIGHT, as_of=clock(21), guests=0, foreigners=0, hourly_today=0,
        beds_open=0, guests_in_beds=0, bed_occupancy_percent=None, rooms_open=0, rooms_occupied=0,
        room_occupancy_percent=None, facilities_active=len(houses), facilities_declared=0,
        coverage_percent=0.0, conflicts=0, overdue_departures=0, declared=[], silent=list(houses),
        certain=certain,
    )  # fmt: skip


def call(number: int, outcome: Outcome, hour: int) -> Call:
    return Call(
        facility_id=UUID(int=number), facility_name="", at=clock(hour), by="Minh",
        outcome=outcome, note="",
    )  # fmt: skip


def names(silence: Silence) -> list[list[int]]:
    return [
        [each.facility.id.int for each in part]
        for part in (silence.to_call, silence.later, silence.called)
    ]


@pytest.mark.parametrize(
    ("now", "to_call"),
    [
        (clock(18), [1]),  # the first speaks by six in the evening, the second by ten
        (clock(22), [1, 2]),
        (clock(22, 30), [1, 2, 3]),  # from here on all whose silence is unlike them
        (clock(25), [1, 2, 3]),
    ],
)
def test_the_hour_at_which_a_house_usually_speaks(now: datetime, to_call: list[int]) -> None:
    habits = {
        UUID(int=1): habit(8, spoke_by=clock(18)),
        UUID(int=2): habit(7, spoke_by=clock(22)),
        UUID(int=3): habit(6, spoke_by=clock(23, 50)),
        UUID(int=4): habit(5, spoke_by=clock(9)),  # five of eight are no pattern
    }
    sorted_houses = names(sort_silent(night_with(*map(house, range(1, 6))), habits, [], now))
    assert sorted_houses[0] == to_call
    assert sorted(sorted_houses[1]) == sorted({1, 2, 3, 4, 5} - set(to_call))
    # Whose guests are missed most comes first; one that is too new to have a habit comes last.
    assert sorted_houses[1][-2:] == [4, 5]


def test_who_was_called_is_no_longer_urgent_and_the_last_call_counts() -> None:
    habits = {UUID(int=number): habit(8, spoke_by=clock(18)) for number in (1, 2, 3)}
    calls = [call(2, "will_declare", 21), call(1, "no_answer", 20), call(2, "no_answer", 19)]
    silence = sort_silent(night_with(*map(house, (1, 2, 3))), habits, calls, clock(22))
    assert names(silence) == [[3], [], [2, 1]]
    assert [each.call and each.call.outcome for each in silence.called] == [
        "will_declare", "no_answer",
    ]  # fmt: skip


def test_nobody_is_called_by_figures_that_may_be_old() -> None:
    habits = {UUID(int=1): habit(8, spoke_by=clock(18))}
    silence = sort_silent(night_with(house(1), certain=False), habits, [], clock(23, 30))
    assert names(silence) == [[], [1], []]
