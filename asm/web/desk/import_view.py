"""What the page of a spreadsheet shows: refusals first, what can be accepted, notes grouped."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from asm.imports.declare_workbook import ImportOutcome, RowResult
from asm.imports.grouped_notes import GroupedNote
from asm.intake.sheets.workbook import COLUMNS, TAKEN_FIXES, RowFault, SheetAnswers
from asm.stays.entry import Problem

#: A page with thousands of cards is of no use to anybody: the marked workbook has them all.
MOST_SHOWN: Final = 300
_QUESTION: Final = "cell.date.ambiguous"
#: What is said of a guest who is here already, whose row shows it.
_CHANGES: Final = frozenset({"stay.same_arrival_changed", "stay.same_arrival_added"})
LABELS: Final[Mapping[str, tuple[str, str]]] = {c.letter: (c.label, c.label_en) for c in COLUMNS}


class SkippedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are no guest's, for one reason."""

    message: str
    message_en: str
    rows: list[int]


class ChangedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a guest whose stay stands already, and what it changes there."""

    row: int
    name: str | None
    stay_id: UUID | None
    changes: list[RowFault]


class ViewNote(Problem, frozen=True, kw_only=True):
    """What is said of several columns and rows in the same words. `columns` by their official
    letters; `count` of the rows, of which `rows` names the first.
    """

    columns: list[str]
    count: int
    rows: list[int]


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """`refused` are rows with what is wrong in them, `unshown` how many more there are; `good` are
    those that will be sent, `known` those that are declared already, each with how many more;
    `changed`
    are those of guests who are here, with what becomes of their stays; `offers` are notes whose fix
    can be accepted; `births` and `stays` hold a date that asks for the order of its columns, where
    there is one.
    """

    outcome: ImportOutcome
    answers: SheetAnswers
    refused: list[RowResult]
    unshown: int
    good: list[RowResult]
    good_unshown: int
    known: list[RowResult]
    known_unshown: int
    changed: list[ChangedRow]
    offers: list[RowFault]
    fixes: int
    births: RowFault | None
    stays: RowFault | None
    notes: list[ViewNote]
    skipped: list[SkippedGroup]

    @property
    def nothing(self) -> bool:
        return not (self.sent or self.outcome.merged)

    @property
    def sent(self) -> int:
        """How many guests sending stores something new of."""
        return self.outcome.accepted + self.outcome.changed


def import_view(outcome: ImportOutcome, answers: SheetAnswers) -> ImportView:
    refused = [row for row in outcome.rows if row.status == "refused"]
    good = [row for row in outcome.rows if row.status == "would_accept"]
    known = [row for row in outcome.rows if row.status == "merged"]
    faults = [fault for row in outcome.rows for fault in row.faults]
    open_fixes = [f for f in faults if f.fix and f.rule not in TAKEN_FIXES]
    questions = [fault for fault in faults if fault.rule == _QUESTION]
    return ImportView(
        outcome=outcome,
        answers=answers,
        refused=refused[:MOST_SHOWN],
        unshown=max(len(refused) - MOST_SHOWN, 0),
        good=good[:MOST_SHOWN],
        good_unshown=max(len(good) - MOST_SHOWN, 0),
        known=known[:MOST_SHOWN],
        known_unshown=max(len(known) - MOST_SHOWN, 0),
        changed=_changed(outcome)[:MOST_SHOWN],
        offers=[f for f in open_fixes if f.severity != "refuse"][:MOST_SHOWN],
        fixes=len(open_fixes),
        births=next((f for f in questions if f.column == "C"), None),
        stays=next((f for f in questions if f.column != "C"), None),
        notes=_notes([*outcome.remarks, *(n for n in outcome.notes if n.rule not in _CHANGES)]),
        skipped=_grouped(outcome),
    )


def _notes(notes: Sequence[Problem | GroupedNote]) -> list[ViewNote]:
    """The same words about the same rows are said once, for all the columns they are about."""
    said: dict[object, ViewNote] = {}
    for note in notes:
        rows, count, columns = [], 0, []
        if isinstance(note, GroupedNote):
            rows, count, columns = note.rows, note.count, [note.column]
        key = (note.rule, note.message, count, tuple(rows))
        if key in said:
            said[key].columns.extend(columns)
            continue
        fields = {name: getattr(note, name) for name in Problem.__struct_fields__}
        said[key] = ViewNote(**fields, columns=columns, count=count, rows=rows)
    return list(said.values())


def _changed(outcome: ImportOutcome) -> list[ChangedRow]:
    return [
        ChangedRow(
            row=row.row,
            name=row.name,
            stay_id=row.stay_id,
            changes=[fault for fault in row.faults if fault.rule in _CHANGES],
        )
        for row in outcome.rows
        if row.status in {"changed", "would_change"}
    ]


def _grouped(outcome: ImportOutcome) -> list[SkippedGroup]:
    groups: dict[str, SkippedGroup] = {}
    for row in outcome.skipped_rows:
        group = groups.setdefault(
            row.reason, SkippedGroup(message=row.message, message_en=row.message_en, rows=[])
        )
        group.rows.append(row.row)
    return list(groups.values())
