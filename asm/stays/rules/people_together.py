"""What can only be seen when all guests of one request are looked at together. Pure."""

from collections.abc import Sequence
from datetime import date

from asm.stays.entry import Problem, StayEntry
from asm.stays.rules.ages import ADULT_FROM, CHILD_BELOW, age_on
from asm.stays.rules.published import problem, vietnamese_day


def check_people_together(entries: Sequence[StayEntry]) -> list[list[Problem]]:
    """For each entry, in order, what the others of the same request leave open about it.

    A child is accompanied when someone of full age arrives on the same Vietnamese day. A guest
    whose birth date was not told may be that adult. Never raises for what was written.
    """
    days = [vietnamese_day(entry.arrived_at) for entry in entries]
    accompanied = {
        day for entry, day in zip(entries, days, strict=True) if _may_accompany(entry, day)
    }
    return [
        _alone() if _is_child(entry, day) and day not in accompanied else []
        for entry, day in zip(entries, days, strict=True)
    ]


def _alone() -> list[Problem]:
    return [problem("party.child.no_adult", child=CHILD_BELOW, adult=ADULT_FROM)]


def _is_child(entry: StayEntry, day: date) -> bool:
    born = entry.guest.birth_date
    return born is not None and age_on(day, born) < CHILD_BELOW


def _may_accompany(entry: StayEntry, day: date) -> bool:
    born = entry.guest.birth_date
    return born is None or age_on(day, born) >= ADULT_FROM
