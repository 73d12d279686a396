"""CSV that spreadsheets and programs read alike.

A byte order mark says that it is UTF-8 to Excel; a line `sep=` would undo it, and is never there.
The head is the first line, so that filters and pivots work at once; what the file says of itself
stands below its rows, each line behind a `#`, and the last of them is its end.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, Literal

from asm.analytics.exports.export_table import About, Cell, ExportColumn, ExportTable, Said

Separator = Literal["comma", "semicolon"]
SEPARATORS: Final[dict[Separator, str]] = {"comma": ",", "semicolon": ";"}
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE: Final = 2000


def csv_pieces(table: ExportTable, about: About, separator: Separator) -> Iterator[bytes]:
    """The file piece by piece. With semicolons a comma marks decimals, as Excel in Vietnamese has
    both.
    """
    yield csv_head(table.columns, separator)
    count = 0
    for rows in _batches(table.rows):
        count += len(rows)
        yield _written([[_shown(cell, separator) for cell in row] for row in rows], separator)
    yield csv_end(about, count, separator)


def csv_head(columns: Sequence[ExportColumn], separator: Separator) -> bytes:
    """Byte order mark and head."""
    return BOM.encode() + _written([[column.label for column in columns]], separator)


def csv_end(about: About, rows: int, separator: Separator) -> bytes:
    """What the file says of itself, and its end with the count of its rows."""
    said = [
        Said(about.about_label, about.title),
        *about.lines,
        *about.definitions,
        Said(about.rows_label, str(rows)),
    ]
    # Who made the file stands in it by a name that somebody typed.
    lines = [["#", _text(line.label), _text(line.text)] for line in said]
    return _written([*lines, ["#", about.end]], separator)


def _batches(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    batch: list[Sequence[Cell]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _written(rows: Iterable[Sequence[str]], separator: Separator) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=SEPARATORS[separator], lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _shown(cell: Cell, separator: Separator) -> str:
    match cell:
        case None:
            return ""
        case str():
            return _text(cell)
        case date():
            return cell.isoformat()
        case float() if separator == "semicolon":
            return str(cell).replace(".", ",")
        case _:
            return str(cell)


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
