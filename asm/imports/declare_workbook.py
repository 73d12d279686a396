"""The official spreadsheet as declarations: every row counted, every problem with its row."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from asm.accounts.access import Scope
from asm.db.base import vietnam_time
from asm.errors import Invalid
from asm.facilities.scope import facility_in_scope, require_member
from asm.imports.grouped_notes import GroupedNote, group_notes
from asm.imports.sheet_answers import require_fixes
from asm.intake.sheets.read_sheets import read_workbook_limited
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import (
    FileColumn,
    RowFault,
    SheetAnswers,
    SkippedRow,
    WorkbookReading,
    WorkbookRow,
    problem_in_cell,
)
from asm.stays.declaration import Declaration, EntryResult, Outcome, Via
from asm.stays.entry import Problem, StayEntry, as_error
from asm.stays.intake.group_commit import Declare
from asm.stays.intake.idempotency import answered_at
from asm.stays.receipts.receipt import Receipt

#: What a rule says is said of a sheet in its own words, in these columns.
_IN_A_SHEET: Final = {
    "document.missing": ("cell.document.missing", "H"),
    "document.no_papers.contradiction": ("cell.no_papers.contradiction", "FH"),
}


class RowRead(msgspec.Struct, frozen=True, kw_only=True):
    """A good row as it was read, to be compared with the file: the birth date (ISO 8601, or the
    year alone), the last three signs of the number; until when it may be declared, and whether it
    is in time.
    """

    birth_date: str | None
    document: str | None
    arrived_at: datetime
    planned_departure_at: datetime | None
    room: str | None
    due_at: datetime | None
    on_time: bool | None


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one sheet row (numbered as Excel shows it); `status` as of a guest. `name` is
    what its name cell holds, for whoever sent the file alone; so is `reading`, there of good rows.
    """

    row: int
    status: str
    faults: list[RowFault]
    name: str | None = None
    stay_id: UUID | None = None
    receipt: Receipt | None = None
    reading: RowRead | None = None


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """read = accepted + merged + changed + rejected + skipped (in a dry run, accepted and changed
    count what would be).
    `remarks` are about the file as a whole; `notes` say once what warnings and notes of many rows
    say; `skipped_rows` are the rows that are no guest's, each with its reason; `columns`: where the
    columns of the official form, by their letters there, stand in the file.
    """

    read: int
    accepted: int
    merged: int
    rejected: int
    skipped: int
    rows: list[RowResult]
    remarks: list[Problem] = []
    notes: list[GroupedNote] = []
    skipped_rows: list[SkippedRow] = []
    columns: dict[str, FileColumn] = {}
    changed: int = 0
    dry_run: bool = False
    replayed: bool = False


class WorkbookImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file to import into one facility, with what was answered to an earlier reading of it."""

    facility_id: UUID
    data: bytes
    via: Via = "spreadsheet"
    key: str | None = None
    dry_run: bool = False
    answers: SheetAnswers = SheetAnswers()


async def declare_workbook(
    scope: Scope, declare: Declare, request: WorkbookImport
) -> ImportOutcome:
    """Declare every good row. Good rows are stored even when others are broken. `session` is free
    again when this returns: whoever goes on with it enters the scope anew.

    Raises Invalid when the file is no such workbook (workbook_unreadable), when a fix is accepted
    that is not offered (accept_fixes_unknown) or when no row was
    accepted (nothing_accepted), with the whole outcome: never "success" for nothing.
    """
    # The scope comes first: a stranger must not learn anything from the file's faults.
    require_member(scope.actor, await facility_in_scope(scope, request.facility_id))
    # A file that was taken and is sent again is read as it was then, so that its rows are those of
    # the answer.
    before = await answered_at(scope.session, request.facility_id, request.key)
    now = before or scope.actor.now
    today = vietnam_time(now).date()
    # Reading a large file takes seconds: no connection is kept from others meanwhile.
    await scope.session.commit()
    reading = await read_workbook_limited(request.data, today, now, request.answers)
    if any(problem.severity == "refuse" for problem in reading.problems):
        raise _no_such_workbook(reading)
    require_fixes(reading, request.answers)
    good = [row for row in reading.rows if row.entry is not None]
    if not good:
        raise _nothing(_joined(reading, good, None))
    try:
        outcome = await declare(scope.actor, _declaration(request, good))
    except Invalid as refusal:
        if not isinstance(refusal.outcome, Outcome):
            raise
        raise _nothing(_joined(reading, good, refusal.outcome)) from refusal
    return _joined(reading, good, outcome)


def workbook_body(data: bytes, answers: SheetAnswers) -> bytes:
    """What a file is known by when it is sent again, and in the proof of an attempt."""
    return b"workbook" + hashlib.sha256(data).digest() + _said(answers)


def _declaration(request: WorkbookImport, good: list[WorkbookRow]) -> Declaration:
    return Declaration(
        facility_id=request.facility_id,
        entries=[row.entry for row in good if row.entry is not None],
        via=request.via,
        key=request.key,
        body=workbook_body(request.data, request.answers),
        dry_run=request.dry_run,
        precision=[row.precision for row in good],
    )


def _said(answers: SheetAnswers) -> bytes:
    """Another answer makes another declaration of the same file."""
    if answers == SheetAnswers():
        return b""
    orders = (answers.birth_order, answers.stay_order)
    return msgspec.json.encode((sorted(answers.accept), *orders))


def _joined(
    reading: WorkbookReading, good: list[WorkbookRow], outcome: Outcome | None
) -> ImportOutcome:
    results = dict(
        zip((row.row for row in good), outcome.results if outcome else [], strict=bool(outcome))
    )
    rows = []
    for row in reading.rows:
        result = results.get(row.row)
        if result is None:
            rows.append(
                RowResult(row=row.row, status="refused", faults=row.faults, name=row.cells.get("B"))
            )
            continue
        faults = [*row.faults, *(f for problem in result.problems for f in _placed(problem, row))]
        rows.append(
            RowResult(
                row=row.row,
                status=result.status,
                faults=faults,
                name=row.cells.get("B"),
                stay_id=result.stay_id,
                receipt=result.receipt,
                reading=_read(row.entry, result) if row.entry else None,
            )
        )
    return ImportOutcome(
        read=len(rows) + reading.skipped,
        accepted=sum(row.status in {"accepted", "would_accept"} for row in rows),
        merged=sum(row.status == "merged" for row in rows),
        changed=sum(row.status in {"changed", "would_change"} for row in rows),
        rejected=sum(row.status == "refused" for row in rows),
        skipped=reading.skipped,
        rows=rows,
        remarks=reading.problems,
        notes=group_notes(fault for row in rows for fault in row.faults),
        skipped_rows=reading.skipped_rows,
        columns=reading.columns,
        dry_run=bool(outcome and outcome.dry_run),
        replayed=bool(outcome and outcome.replayed),
    )


def _read(entry: StayEntry, result: EntryResult) -> RowRead:
    guest = entry.guest
    number, born = guest.document_number, guest.birth_date
    year_alone = guest.birth_date_precision == "year"
    return RowRead(
        birth_date=None if born is None else str(born.year if year_alone else born),
        document=f"…{number[-3:]}" if number else None,
        arrived_at=entry.arrived_at,
        planned_departure_at=entry.planned_departure_at,
        room=entry.room,
        due_at=result.due_at,
        on_time=result.on_time,
    )


def _placed(problem: Problem, row: WorkbookRow) -> list[RowFault]:
    """What a rule says, in its cells and with what they hold. A sheet has no box to tick."""
    columns: Sequence[str | None] = [None]
    if problem.rule in _IN_A_SHEET:
        rule_id, columns = _IN_A_SHEET[problem.rule]
        problem = FILE_RULES[rule_id].problem()
    faults = [problem_in_cell(problem, row=row.row, column=column) for column in columns]
    return [msgspec.structs.replace(fault, value=row.cells.get(fault.column)) for fault in faults]


def _no_such_workbook(reading: WorkbookReading) -> Invalid:
    return Invalid(
        "workbook_unreadable", errors=[as_error(problem, "/file") for problem in reading.problems]
    )


def _nothing(outcome: ImportOutcome) -> Invalid:
    return Invalid(
        "nothing_accepted",
        text="nothing_accepted.rows",
        errors=[
            as_error(fault, f"/rows/{fault.row}/{fault.column or fault.field}")
            for row in outcome.rows
            for fault in row.faults
        ],
        outcome=outcome,
    )
