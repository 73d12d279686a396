"""A file that came in, given back with what is wrong in it."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from asm.accounts.access import Scope
from asm.errors import Invalid
from asm.imports.declare_workbook import (
    ImportOutcome,
    RowResult,
    WorkbookImport,
    declare_workbook,
)
from asm.intake.sheets.marked_workbook import SheetMark
from asm.intake.sheets.read_sheets import mark_workbook_limited
from asm.intake.sheets.workbook import TAKEN_FIXES, RowFault, SkippedRow
from asm.locales.texts import text_in
from asm.stays.entry import as_error
from asm.stays.intake.group_commit import Declare

Language = Literal["vi", "en"]

_ANSWERED: Final = frozenset({"cell.date.exchanged", "cell.date.kept"})


async def marked_import(
    scope: Scope, declare: Declare, request: WorkbookImport, language: Language = "vi"
) -> bytes:
    """The workbook with the column “Lỗi” and its bad cells coloured, as it stands now: nothing is
    declared. Corrections that `request.answers` accepts are written in, and so are the days that it
    says of real dates. Raises Invalid
    (workbook_unreadable) for a file that is none.
    """
    trial = msgspec.structs.replace(request, dry_run=True, key=None)
    try:
        outcome = await declare_workbook(scope, declare, trial)
    except Invalid as refusal:
        if not isinstance(refusal.outcome, ImportOutcome):
            raise
        outcome = refusal.outcome
    marked = await mark_workbook_limited(request.data, _marks(outcome, language))
    if marked.problems:
        raise Invalid(
            "workbook_unreadable",
            errors=[as_error(problem, "/file") for problem in marked.problems],
        )
    return marked.content


def _marks(outcome: ImportOutcome, language: Language) -> list[SheetMark]:
    at = {letter: column.letter for letter, column in outcome.columns.items()}
    rows = [_mark(row, at, language) for row in outcome.rows]
    skipped = [_skipped(row, language) for row in outcome.skipped_rows if row.reason != "empty"]
    return [mark for mark in [*rows, *skipped] if mark.text or mark.values]


def _mark(row: RowResult, at: Mapping[str, str], language: Language) -> SheetMark:
    shown = [fault for fault in row.faults if fault.severity != "note"]
    answered = [fault for fault in row.faults if fault.rule in _ANSWERED]
    taken = [fault for fault in row.faults if fault.rule in TAKEN_FIXES]
    colours: dict[str, Literal["refuse", "warn"]] = {}
    for fault in shown:
        if colours.get(fault.column) != "refuse":
            colours[fault.column] = "refuse" if fault.severity == "refuse" else "warn"
    return SheetMark(
        row=row.row,
        text="\n".join(_line(fault, at, language) for fault in [*shown, *answered]),
        colours=colours,
        values={fault.column: fault.fix for fault in taken if fault.fix},
    )


def _line(fault: RowFault, at: Mapping[str, str], language: Language) -> str:
    message, remedy = (
        (fault.message_en, fault.remedy_en) if language == "en" else (fault.message, fault.remedy)
    )
    offers = [fault.fix] if fault.fix else list(fault.readings)
    offered = f" [{' / '.join(offers)}]" if offers else ""
    return f"{at.get(fault.column, fault.column)}{fault.row}: {message} {remedy}{offered}"


def _skipped(row: SkippedRow, language: Language) -> SheetMark:
    why = row.message_en if language == "en" else row.message
    text = text_in("refusals", "sheet.skipped", language, {"why": why})
    return SheetMark(row=row.row, text=text)
