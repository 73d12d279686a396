"""One night of a ward as its officer works on it: who is silent, what was said and called."""

from collections.abc import Sequence
from datetime import date

import msgspec

from asm.accounts.access import Scope
from asm.analytics.spoken import SpokenTonight, spoken_tonight
from asm.analytics.tonight import Tonight, ward_tonight
from asm.wards.calls import Call, calls_of_night
from asm.wards.evening.habits import habits_of
from asm.wards.evening.silent import Silence, sort_silent


class Evening(msgspec.Struct, frozen=True, kw_only=True):
    """The night in figures (without `last_declared_at`), its silent houses sorted, and its calls,
    the newest first.
    """

    tonight: Tonight
    silence: Silence
    calls: list[Call]


async def ward_evening(scope: Scope, ward_code: str, night: date | None = None) -> Evening:
    """Of the ward's own officer. Raises as `ward_tonight`."""
    tonight = await ward_tonight(scope, ward_code, night, newest_too=False)
    calls = await calls_of_night(scope, ward_code, tonight.night)
    silence = await _silence(scope, ward_code, tonight, calls)
    return Evening(tonight=tonight, silence=silence, calls=calls)


async def silent_houses(scope: Scope, ward_code: str) -> Silence:
    """Of the night in progress, for who needs no other figure of it. Raises as `ward_tonight`."""
    spoken = await spoken_tonight(scope, ward_code)
    return await _silence(
        scope, ward_code, spoken, await calls_of_night(scope, ward_code, spoken.night)
    )


async def _silence(
    scope: Scope, ward_code: str, tonight: Tonight | SpokenTonight, calls: Sequence[Call]
) -> Silence:
    silent = [each.id for each in tonight.silent]
    habits = await habits_of(scope, ward_code, silent, tonight.night)
    return sort_silent(tonight, habits, calls, scope.actor.now)
