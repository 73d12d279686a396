"""Of the houses that said nothing: whom to call now, who may yet speak, who was called."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from asm.analytics.spoken import SpokenTonight
from asm.analytics.tonight import FacilityTonight, Tonight
from asm.wards.calls import Call
from asm.wards.evening.habits import Habit, is_late_evening


class SilentHouse(msgspec.Struct, frozen=True, kw_only=True):
    """A house that has said nothing of the night. `habit`: None for one that is too new; `call`:
    the last one of the night.
    """

    facility: FacilityTonight
    habit: Habit | None
    call: Call | None


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """`to_call`: silence is unlike them, they would have spoken by now, and nobody has called them.
    `later`: the rest, those first whose guests are missed most. `called`: the last call first.
    """

    to_call: list[SilentHouse]
    later: list[SilentHouse]
    called: list[SilentHouse]

    @property
    def count(self) -> int:
        """How many houses are silent."""
        return len(self.to_call) + len(self.later) + len(self.called)


def sort_silent(
    tonight: Tonight | SpokenTonight,
    habits: Mapping[UUID, Habit],
    calls: Sequence[Call],
    now: datetime,
) -> Silence:
    """Pure. Where the page cannot be certain who is silent, nobody is to be called."""
    last: dict[UUID, Call] = {}
    for call in calls:  # the newest first
        last.setdefault(call.facility_id, call)
    houses = [
        SilentHouse(facility=each, habit=habits.get(each.id), call=last.get(each.id))
        for each in tonight.silent
    ]
    late = is_late_evening(now, tonight.night)
    to_call = [
        house
        for house in houses
        if tonight.certain and house.call is None and _missed(house.habit, now, late=late)
    ]
    chosen = {house.facility.id for house in to_call}
    return Silence(
        to_call=sorted(to_call, key=_most_missed),
        later=sorted(
            (each for each in houses if each.call is None and each.facility.id not in chosen),
            key=_most_missed,
        ),
        called=sorted(
            (each for each in houses if each.call is not None), key=_called_at, reverse=True
        ),
    )


def _missed(habit: Habit | None, now: datetime, *, late: bool) -> bool:
    return habit is not None and (habit.overdue(now) or (habit.expected and late))


def _most_missed(house: SilentHouse) -> tuple[int, int, str]:
    habit = house.habit
    if habit is None:
        return (0, 0, house.facility.name)
    return (-habit.declared, -habit.usual_guests, house.facility.name)


def _called_at(house: SilentHouse) -> float:
    return house.call.at.timestamp() if house.call else 0.0
