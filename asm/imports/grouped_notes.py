"""What is said of many rows in the same words, said once."""

from collections.abc import Iterable

from asm.intake.sheets.workbook import RowFault
from asm.stays.entry import Problem

_ROWS_NAMED = 20


class GroupedNote(Problem, frozen=True, kw_only=True):
    """A warning or a note for `count` rows, of which `rows` names the first twenty."""

    column: str
    count: int
    rows: list[int]


def group_notes(faults: Iterable[RowFault]) -> list[GroupedNote]:
    """One for each text and column, warnings before notes; refusals are left to their rows."""
    groups: dict[tuple[str, str, str], list[RowFault]] = {}
    for fault in faults:
        if fault.severity != "refuse":
            groups.setdefault((fault.rule, fault.column, fault.message), []).append(fault)
    notes = [_group(members) for members in groups.values()]
    return sorted(notes, key=lambda note: (note.severity != "warn", -note.count))


def _group(members: list[RowFault]) -> GroupedNote:
    first = members[0]
    rows = sorted({member.row for member in members})
    return GroupedNote(
        rule=first.rule,
        severity=first.severity,
        field=first.field,
        message=first.message,
        message_en=first.message_en,
        remedy=first.remedy,
        remedy_en=first.remedy_en,
        column=first.column,
        count=len(rows),
        rows=rows[:_ROWS_NAMED],
    )
