"""A view of figures as PDF, to be printed or sent on."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from asm.analytics.exports.export_table import About, Cell, ExportTable
from asm.errors import invalid_field

if TYPE_CHECKING:
    import typst

#: About sixty pages; typesetting them takes two seconds.
MOST_PDF_ROWS: Final = 3000
_TEMPLATE: Final = Path(__file__).with_name("figures.typ")


def figures_pdf(tables: Sequence[ExportTable], about: About, language: str) -> bytes:
    """All tables on A4, each page with the title and its number. Raises Invalid
    `export_too_long_for_paper`.
    """
    import typst  # noqa: PLC0415 -- a typesetter is memory that most processes never need

    sheets = [_sheet(table, language) for table in tables]
    rows = sum(len(sheet["rows"]) for sheet in sheets)
    if rows > MOST_PDF_ROWS:
        raise invalid_field("/last", "export_too_long_for_paper", rows=rows, most=MOST_PDF_ROWS)
    written = msgspec.json.encode({"about": about, "tables": sheets, "language": language})
    pdf: Any = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=_embedded(),
        ignore_system_fonts=True,
        sys_inputs={"view": written.decode()},
    )
    return bytes(pdf)


def _sheet(table: ExportTable, language: str) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": [
            {"label": column.label, "right": column.content in ("whole", "rate")}
            for column in table.columns
        ],
        "rows": [[_shown(cell, language) for cell in row] for row in table.rows],
    }


def _shown(cell: Cell, language: str) -> str:
    match cell:
        case None:
            return "–"
        case date():
            return cell.isoformat() if language == "en" else f"{cell:%d/%m/%Y}"
        case int() | float():
            written = f"{cell:,}"
            if language == "en":
                return written
            return written.replace(",", " ").replace(".", ",").replace(" ", ".")
        case _:
            return cell


def _embedded() -> "typst.Fonts":
    """The fonts inside the package alone: a file looks alike on every machine."""
    import typst  # noqa: PLC0415 -- see above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
