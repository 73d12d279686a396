"""What the rules say of each entry of a declaration, and what they need to know for it."""

import asyncio
from collections.abc import Sequence

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.db.base import vietnam_time
from asm.db.direct import direct
from asm.facilities.facility import Facility
from asm.facilities.rooms import rooms_among
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import person_index
from asm.stays.declaration import Declaration
from asm.stays.entry import Problem, StayEntry, TimePrecision
from asm.stays.rules.people_together import check_people_together
from asm.stays.rules.published import RuleContext, check_entry, problem
from asm.stays.rules.same_arrival import differ_by_day_alone, name_field, same_arrival
from asm.stays.rules.same_person import found_by_name, likeness

#: Others get their turn in between: the rules take about a tenth of a millisecond an entry.
BREATHE_EVERY = 50


def room_names(entries: Sequence[StayEntry]) -> set[str]:
    """The rooms told, as they are looked for."""
    return {entry.room.strip() for entry in entries if entry.room}


async def rule_context(
    scope: Scope, facility: Facility, entries: Sequence[StayEntry]
) -> RuleContext:
    """What the rules need to know of the facility and the hour to look at `entries`."""
    today = vietnam_time(scope.actor.now).date()
    rooms = await rooms_among(
        await direct(scope.session), {facility.id: room_names(entries)}, today
    )
    return context_of(scope.actor, facility, rooms[facility.id])


def context_of(actor: Actor, facility: Facility, rooms: frozenset[str] | None) -> RuleContext:
    """The place and the hour, once the rooms are known."""
    return RuleContext(now=actor.now, facility_kind=facility.kind, room_names=rooms)


async def find_problems(
    keys: Keys, context: RuleContext, declaration: Declaration
) -> list[list[Problem]]:
    """The problems of each entry, the same person twice in one declaration included."""
    before = _PartySoFar(keys, declaration)
    problems_by_entry: list[list[Problem]] = []
    notes = declaration.notes or [[] for _ in declaration.entries]
    party = check_people_together(declaration.entries)
    for entry, noted, together in zip(declaration.entries, notes, party, strict=True):
        if len(problems_by_entry) % BREATHE_EVERY == BREATHE_EVERY - 1:
            await asyncio.sleep(0)
        if refusing(noted):
            problems_by_entry.append(noted)
            continue
        problems = [*noted, *check_entry(entry, context), *together]
        # Alone in its declaration, nobody can be there twice.
        if len(declaration.entries) > 1 and not refusing(problems):
            problems = [*problems, *before.problems_of(entry, len(problems_by_entry))]
        problems_by_entry.append(problems)
    for position in before.unclear:
        problems_by_entry[position] = [*problems_by_entry[position], problem("party.same_day")]
    return problems_by_entry


class _PartySoFar:
    """The entries of one declaration that nothing has refused yet. `unclear`: those that one after
    them tells otherwise, both by day alone, so that neither says which is which.
    """

    def __init__(self, keys: Keys, declaration: Declaration) -> None:
        self._keys = keys
        self._declaration = declaration
        self._by_index: dict[bytes, list[tuple[StayEntry, TimePrecision, int]]] = {}
        self._by_name: dict[str, list[tuple[StayEntry, TimePrecision]]] = {}
        # Where all have numbers, those tell who is who.
        self.unclear: set[int] = set()
        self._doubtful = any(entry.guest.document_number is None for entry in declaration.entries)

    def problems_of(self, entry: StayEntry, position: int) -> list[Problem]:
        """Whether the entry says again, or may say again, what one before it says."""
        precision = self._declaration.precision_of(position)
        index = person_index(self._keys, self._declaration.facility_id, entry.guest)
        same = self._by_index.setdefault(index.value, []) if index else []
        there = [at for at in same if same_arrival(entry, at[0], precision, at[1])]
        if any(
            not differ_by_day_alone(entry, other, precision, others) for other, others, _ in there
        ):
            return [problem("party.duplicate", name_field(entry.guest))]
        if there:
            self.unclear |= {before for _, _, before in there}
            return [problem("party.same_day")]
        problems = self._alike_in_party(entry, precision) if self._doubtful else []
        if not refusing(problems):
            same.append((entry, precision, position))
        return problems

    def _alike_in_party(self, entry: StayEntry, precision: TimePrecision) -> list[Problem]:
        alike = self._by_name.setdefault(found_by_name(entry.guest), [])
        doubts = {likeness(entry, other, precision, others) for other, others in alike}
        if "one" in doubts:
            return [problem("party.one_person")]
        alike.append((entry, precision))
        return [problem("stay.namesake")] if "maybe" in doubts else []


def refusing(problems: Sequence[Problem]) -> bool:
    """Whether the entry cannot be stored as it is."""
    return any(problem.severity == "refuse" for problem in problems)
