"""What a person answers to an earlier reading of a file, as doors hand it over."""

import re
from operator import attrgetter
from typing import Final

from asm.errors import invalid_field
from asm.intake.sheets.workbook import TAKEN_FIXES, OrderAnswer, SheetAnswers, WorkbookReading

_ORDER_OF: Final = {
    "C": attrgetter("birth_order"),
    "N": attrgetter("stay_order"),
    "O": attrgetter("stay_order"),
}
_SHOWN: Final = 20
_CELL: Final = re.compile(r"[A-Z][1-9][0-9]{0,4}")


def sheet_answers(
    accept_fixes: str | None,
    birth_order: OrderAnswer | None = None,
    stay_order: OrderAnswer | None = None,
) -> SheetAnswers:
    """`accept_fixes` is `all`, or cells with commas between them (`H5,H7`). Raises Invalid."""
    cells = frozenset(part.strip() for part in (accept_fixes or "").split(",") if part.strip())
    if any(cell != "all" and not _CELL.fullmatch(cell) for cell in cells):
        raise invalid_field("/accept_fixes", "accept_fixes_malformed")
    return SheetAnswers(accept=cells, birth_order=birth_order, stay_order=stay_order)


def require_fixes(reading: WorkbookReading, answers: SheetAnswers) -> None:
    """Refuse what was accepted and is not offered, by name: nothing would come of it, in silence.
    A date may need no fix any more since its order was answered in the same breath. Raises Invalid.
    """
    offered = {
        f"{fault.column}{fault.row}"
        for row in reading.rows
        for fault in row.faults
        if fault.rule in TAKEN_FIXES
    }
    unknown = sorted(
        cell
        for cell in answers.accept - {"all"} - offered
        if not (cell[0] in _ORDER_OF and _ORDER_OF[cell[0]](answers))
    )
    if unknown:
        cells = ", ".join(unknown[:_SHOWN]) + (", …" if len(unknown) > _SHOWN else "")
        raise invalid_field("/accept_fixes", "accept_fixes_unknown", cells=cells)
