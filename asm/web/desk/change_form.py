"""What the short forms mean: leave, not left after all, stay longer, another room, a mistake."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from asm.db.base import VIETNAM, vietnam_time
from asm.stays.apply_change import DEPARTURE_AHEAD
from asm.stays.changes import Change, Depart, Extend, MoveRoom, UndoDeparture, VoidStay
from asm.stays.rules.periods import same_day
from asm.web.dates import latest_moment, read_day, read_time
from asm.web.form_problems import FormProblem, day_problem, form_problem

#: Each change, and the input that its faults belong to.
CHANGES: Final = {
    "depart": "time",
    "extend": "day",
    "move": "room",
    "void": "reason",
    "undo": "undo",
}
#: Where a rule's words belong, per change.
CHANGE_INPUTS: Final[dict[str, dict[str, str]]] = {
    "depart": {"departed_at": "time"},
    "extend": {"planned_departure_at": "day"},
    "move": {"room": "room"},
    "void": {"reason": "reason"},
    "undo": {},
}
_CHECK_OUT: Final = time(12)


def change_of(
    change: str, form: Mapping[str, str], now: datetime
) -> tuple[Change | None, list[FormProblem]]:
    """The change that the form asks for, or what of it could not be read."""
    if change == "depart":
        return _depart(form, now)
    if change == "extend":
        typed = form.get("day", "")
        day = read_day(typed, today=vietnam_time(now).date())
        if day is None:
            return None, [day_problem(typed, _DAY)]
        return Extend(planned_departure_at=datetime.combine(day, _CHECK_OUT, VIETNAM)), []
    if change == "move":
        room = form.get("room", "").strip()
        return (MoveRoom(room=room), []) if room else (None, [_ROOM])
    if change == "undo":
        return UndoDeparture(), []
    reason = form.get("reason", "").strip()
    return (VoidStay(reason=reason), []) if reason else (None, [_REASON])


def _depart(form: Mapping[str, str], now: datetime) -> tuple[Change | None, list[FormProblem]]:
    """Both empty: now. An hour alone: the last time it was that hour, or the next one as far ahead
    as a departure may be entered.
    """
    if not form.get("day") and not form.get("time"):
        return Depart(), []
    today = vietnam_time(now).date()
    day = read_day(form["day"], today=today) if form.get("day") else today
    clock = read_time(form.get("time", ""))
    if day is None or clock is None:
        return None, [day_problem(form["day"], _DAY) if day is None else _TIME]
    if not form.get("day"):
        return Depart(departed_at=latest_moment(clock, now, ahead=DEPARTURE_AHEAD)), []
    return Depart(departed_at=datetime.combine(day, clock, VIETNAM)), []


def day_taken(form: Mapping[str, str], change: Change, now: datetime) -> date | None:
    """The day of a departure of which only the hour was typed, where it is not today."""
    if form.get("day") or not isinstance(change, Depart) or change.departed_at is None:
        return None
    return None if same_day(change.departed_at, now) else vietnam_time(change.departed_at).date()


_DAY = form_problem("day", "form.departure_day")
_TIME = form_problem("time", "form.departure_time")
_ROOM = form_problem("room", "form.new_room")
_REASON = form_problem("reason", "form.void_reason")
