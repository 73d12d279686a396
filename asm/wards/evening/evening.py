"""One night of a ward as its officer works on it: who is silent, what was said and called."""

from datetime import date

import msgspec

from asm.accounts.access import Scope
from asm.analytics.tonight import Tonight, ward_tonight
from asm.wards.calls import Call, calls_of_night
from asm.wards.evening.habits import habits_of
from asm.wards.evening.silent import Silence, sort_silent


class Evening(msgspec.Struct, frozen=True, kw_only=True):
    """The night in figures, its silent houses sorted, and its calls, the newest first."""

    tonight: Tonight
    silence: Silence
    calls: list[Call]


async def ward_evening(scope: Scope, ward_code: str, night: date | None = None) -> Evening:
    """Of the ward's own officer. Raises as `ward_tonight`."""
    tonight = await ward_tonight(scope, ward_code, night)
    calls = await calls_of_night(scope, ward_code, tonight.night)
    silent = [each.id for each in tonight.silent]
    habits = await habits_of(scope, ward_code, silent, tonight.night)
    silence = sort_silent(tonight, habits, calls, scope.actor.now)
    return Evening(tonight=tonight, silence=silence, calls=calls)
