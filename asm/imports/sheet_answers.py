"""What a person answers to an earlier reading of a file, as doors hand it over."""

import re
from typing import Final

from asm.errors import invalid_field
from asm.intake.sheets.workbook import OrderAnswer, SheetAnswers

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
